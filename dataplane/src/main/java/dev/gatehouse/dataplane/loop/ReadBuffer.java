package dev.gatehouse.dataplane.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * One buffer into which all connections of a loop read. Who keeps a part of it retains it, and the loop goes on with a new
 * one; otherwise the same memory is used again while it is in the cache. One read per readiness: fair, and no read call that
 * only finds out that nothing is left. Event loop only.
 */
public final class ReadBuffer implements RecvByteBufAllocator {
    private final int capacity;
    private final ByteBufAllocator allocator;
    private ByteBuf shared;
    private boolean closed;

    public ReadBuffer(ByteBufAllocator allocator, int capacity) {
        this.capacity = capacity;
        this.allocator = allocator;
        this.shared = allocator.directBuffer(capacity, capacity);
    }

    /** Gives the memory back; later reads get buffers of their own. */
    public void close() {
        if (!closed) {
            closed = true;
            shared.release();
        }
    }

    private ByteBuf take() {
        if (closed) {
            return allocator.directBuffer(capacity, capacity);
        }
        if (shared.refCnt() == 1) {
            shared.clear();
        } else {
            shared.release();
            shared = allocator.directBuffer(capacity, capacity);
        }
        return shared.retain();
    }

    @Override
    @SuppressWarnings("deprecation") // The interface still requires the deprecated type.
    public Handle newHandle() {
        return new ReadHandle();
    }

    private final class ReadHandle implements ExtendedHandle {
        private int lastBytesRead;
        private int attemptedBytesRead;

        @Override
        public ByteBuf allocate(ByteBufAllocator ignored) {
            return take();
        }

        @Override
        public int guess() {
            return capacity;
        }

        @Override
        public void reset(ChannelConfig config) {
            lastBytesRead = 0;
        }

        @Override
        public void incMessagesRead(int count) {}

        @Override
        public void lastBytesRead(int bytes) {
            lastBytesRead = bytes;
        }

        @Override
        public int lastBytesRead() {
            return lastBytesRead;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attemptedBytesRead = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attemptedBytesRead;
        }

        @Override
        public boolean continueReading() {
            return false;
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return false;
        }

        @Override
        public void readComplete() {}
    }
}

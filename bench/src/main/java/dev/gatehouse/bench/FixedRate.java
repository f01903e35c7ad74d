package dev.gatehouse.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A client of HTTP/1.1 that asks at a fixed rate on connections that it keeps. Request number i is due at i/rate whether others
 * have been answered or not, and its time runs from then, so that what waits behind a stall is counted, too (no coordinated
 * omission). One thread.
 */
final class FixedRate implements AutoCloseable {

    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};
    private static final byte[] LENGTH = "\r\ncontent-length:".getBytes(US_ASCII);
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final long LONGEST_PARK_NANOS = 200_000;

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();
    private final byte[] request;
    private long[] times = new long[1 << 20];
    private int answered;

    /** What was measured: the times of all requests, and how many were answered each second. */
    static final class Result {
        private final long[] nanos;
        private final double perSecond;

        private Result(long[] ascending, double perSecond) {
            this.nanos = ascending;
            this.perSecond = perSecond;
        }

        double micros(double quantile) {
            return nanos[(int) Math.min(nanos.length - 1, (long) (nanos.length * quantile))] / 1e3;
        }

        double perSecond() {
            return perSecond;
        }
    }

    FixedRate(int port, String host, int connections) throws IOException {
        request = ("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(US_ASCII);
        for (int i = 0; i < connections; i++) {
            Connection connection = new Connection(port);
            this.connections.add(connection);
            idle.add(connection);
        }
    }

    /** Asks as fast as answers come, each connection for itself. */
    Result saturate(Duration time) throws IOException {
        long start = System.nanoTime();
        long end = start + time.toNanos();
        answered = 0;
        while (System.nanoTime() < end) {
            long now = System.nanoTime();
            while (!idle.isEmpty()) {
                idle.remove().ask(now);
            }
            selector.select(this::answer, 100);
        }
        Result result = result(System.nanoTime() - start);
        drain();
        return result;
    }

    /** Asks {@code perSecond} times a second. */
    Result run(double perSecond, Duration time) throws IOException {
        long start = System.nanoTime();
        long count = (long) (perSecond * time.toNanos() / 1e9);
        long next = 0;
        answered = 0;
        while (answered < count) {
            long now = System.nanoTime();
            long due = due(start, next, perSecond);
            while (next < count && due <= now && !idle.isEmpty()) {
                idle.remove().ask(due);
                due = due(start, ++next, perSecond);
            }
            if (selector.selectNow(this::answer) == 0) {
                long wait = next < count && !idle.isEmpty() ? due - System.nanoTime() : LONGEST_PARK_NANOS;
                LockSupport.parkNanos(Math.min(LONGEST_PARK_NANOS, wait));
            }
            if (System.nanoTime() - start > 10 * time.toNanos()) {
                throw new IOException("%d of %d requests were never answered".formatted(count - answered, count));
            }
        }
        return result(System.nanoTime() - start);
    }

    private static long due(long start, long index, double perSecond) {
        return start + (long) (index * 1e9 / perSecond);
    }

    private void drain() throws IOException {
        while (idle.size() < connections.size()) {
            if (selector.select(this::answer, 10_000) == 0) {
                throw new IOException("an answer is missing after 10 s");
            }
        }
    }

    private Result result(long nanos) {
        long[] sorted = Arrays.copyOf(times, answered);
        Arrays.sort(sorted);
        return new Result(sorted, answered * 1e9 / nanos);
    }

    private void answer(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        if (!connection.isAnswered()) {
            return;
        }
        if (answered == times.length) {
            times = Arrays.copyOf(times, 2 * times.length);
        }
        times[answered++] = System.nanoTime() - connection.due;
        idle.add(connection);
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }

    private final class Connection {
        private final SocketChannel channel;
        private final ByteBuffer out = ByteBuffer.wrap(request);
        private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES);
        private long due;

        Connection(int port) throws IOException {
            channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }

        void ask(long due) throws IOException {
            this.due = due;
            out.rewind();
            in.clear();
            while (out.hasRemaining()) { // a request is smaller than any socket buffer that has been read empty
                channel.write(out);
            }
        }

        /** Reads what there is. True when the answer is whole. */
        boolean isAnswered() {
            try {
                if (channel.read(in) < 0) {
                    throw new EOFException("the proxy closed a connection");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            int head = end(in.array(), in.position());
            return head > 0 && in.position() >= head + contentLength(in.array(), head);
        }
    }

    /** Where the body begins, or 0 when the head is not whole. */
    private static int end(byte[] bytes, int length) {
        for (int i = 12; i + 4 <= length; i++) {
            if (bytes[i] == '\r' && Arrays.equals(bytes, i, i + 4, HEAD_END, 0, 4)) {
                if (bytes[9] != '2') {
                    throw new IllegalStateException("refused: " + new String(bytes, 0, i, US_ASCII));
                }
                return i + 4;
            }
        }
        return 0;
    }

    private static int contentLength(byte[] bytes, int head) {
        for (int i = 12; i + LENGTH.length < head; i++) {
            if (bytes[i] == '\r' && matches(bytes, i)) {
                int value = 0;
                for (int at = i + LENGTH.length; bytes[at] != '\r'; at++) {
                    value = bytes[at] == ' ' ? value : value * 10 + bytes[at] - '0';
                }
                return value;
            }
        }
        throw new IllegalStateException("an answer without a length: " + new String(bytes, 0, head, US_ASCII));
    }

    private static boolean matches(byte[] bytes, int from) {
        for (int i = 0; i < LENGTH.length; i++) {
            byte one = bytes[from + i];
            if ((one >= 'A' && one <= 'Z' ? one | 0x20 : one) != LENGTH[i]) {
                return false;
            }
        }
        return true;
    }
}

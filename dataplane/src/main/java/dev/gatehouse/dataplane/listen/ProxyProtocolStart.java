package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeaderParser;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes the PROXY header off a connection before anything else sees it, and notes whom it names. The handlers behind learn of
 * the connection only then: for them it begins behind the header. A connection that may not bring one, or brings none, is
 * closed. Event loop only.
 */
@SuppressWarnings({
    "NullAway.Init", // The context is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed close ends in channelInactive.
})
final class ProxyProtocolStart extends ChannelInboundHandlerAdapter implements Timed, ServedConnection {
    private static final AttributeKey<ProxiedAddresses> ADDRESSES =
            AttributeKey.valueOf(ProxyProtocolStart.class, "addresses");
    private static final byte[] NOTHING = {};

    private enum State {
        WAITING,
        BEGUN,
        CLOSED
    }

    private final Worker worker;
    private final String listener;
    private final ListenerSettings settings;
    private ChannelHandlerContext context;
    private State state = State.WAITING;
    private byte[] held = NOTHING;
    private long deadlineMillis;
    private int slot = -1;

    /** @param settings in force when the connection was accepted */
    ProxyProtocolStart(Worker worker, String listener, ListenerSettings settings) {
        this.worker = worker;
        this.listener = listener;
        this.settings = settings;
    }

    /** The ends of a connection: those that its PROXY header named, or its own. */
    static ProxiedAddresses addresses(Channel channel) {
        return channel.hasAttr(ADDRESSES)
                ? channel.attr(ADDRESSES).get()
                : new ProxiedAddresses(end(channel.remoteAddress()), end(channel.localAddress()));
    }

    /** Of a connection that is gone already, nothing is known. */
    private static InetSocketAddress end(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress end
                ? end
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        InetAddress peer = end(ctx.channel().remoteAddress()).getAddress();
        if (settings.trustedProxies().stream().noneMatch(block -> block.contains(peer))) {
            refuse(ConnectionRefusal.PROXY_UNTRUSTED);
            return;
        }
        worker.ticker().add(this);
        deadlineMillis = worker.ticker().nowMillis() + settings.headerTimeoutMs();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        switch (state) {
            case BEGUN -> ctx.fireChannelRead(in);
            case CLOSED -> in.release();
            case WAITING -> {
                boolean passedOn = false;
                try {
                    passedOn = header(ctx, in);
                } finally {
                    if (!passedOn) {
                        in.release();
                    }
                }
            }
        }
    }

    /** Whether the buffer now belongs to the next handler. */
    private boolean header(ChannelHandlerContext ctx, ByteBuf in) {
        int before = held.length;
        int length = Math.min(before + in.readableBytes(), ProxyHeaderParser.MAX_BYTES);
        held = Arrays.copyOf(held, length);
        in.getBytes(in.readerIndex(), held, before, length - before);
        switch (ProxyHeaderParser.parse(held, length)) {
            case ProxyHeader.Incomplete() -> {
                return false;
            }
            case ProxyHeader.Missing() -> {
                refuse(ConnectionRefusal.PROXY_MISSING);
                return false;
            }
            case ProxyHeader.Invalid() -> {
                refuse(ConnectionRefusal.PROXY_INVALID);
                return false;
            }
            case ProxyHeader.Local(int headerLength) -> in.skipBytes(headerLength - before);
            case ProxyHeader.Proxied(ProxiedAddresses addresses, int headerLength) -> {
                ctx.channel().attr(ADDRESSES).set(addresses);
                in.skipBytes(headerLength - before);
            }
        }
        begin(ctx);
        boolean more = in.isReadable();
        if (more) {
            ctx.fireChannelRead(in);
        }
        // Last, so that what the next handlers do to the pipeline meanwhile is seen.
        ctx.pipeline().remove(this);
        return more;
    }

    private void begin(ChannelHandlerContext ctx) {
        state = State.BEGUN;
        held = NOTHING;
        worker.ticker().remove(this);
        ctx.fireChannelActive();
    }

    private void refuse(ConnectionRefusal why) {
        worker.observer().connectionRefused(listener, why.code());
        close();
    }

    private void close() {
        state = State.CLOSED;
        held = NOTHING;
        worker.ticker().remove(this);
        context.close();
    }

    @Override
    public void drain() {
        close();
    }

    @Override
    public void closeNow() {
        close();
    }

    @Override
    public void tick(long nowMillis) {
        if (nowMillis >= deadlineMillis) {
            refuse(ConnectionRefusal.PROXY_TIMEOUT);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state == State.BEGUN) {
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (state == State.BEGUN) {
            ctx.fireChannelInactive();
            return;
        }
        // A peer that leaves without a byte is a load balancer's health check, nothing to count.
        if (state == State.WAITING && held.length > 0) {
            worker.observer().connectionRefused(listener, ConnectionRefusal.PROXY_INVALID.code());
        }
        state = State.CLOSED;
        worker.ticker().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int newSlot) {
        slot = newSlot;
    }
}

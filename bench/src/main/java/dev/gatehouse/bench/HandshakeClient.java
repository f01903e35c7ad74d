package dev.gatehouse.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A client of TLS 1.3 that opens connections, asks once on each and closes it in an orderly way. BoringSSL and one thread of its
 * own, so that it costs less than what it measures.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
final class HandshakeClient implements AutoCloseable {

    private static final int ANSWER_SECONDS = 20;

    /** Source addresses differ, so that the ports of one do not run out: a closed connection keeps its own for a minute. */
    private static final int SOURCES = 200;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final InetSocketAddress address;
    private final byte[] request;
    private final boolean resume;
    private final Authority authority = new Authority();
    private final SslContext tls;
    private final ArrayDeque<Integer> idle = new ArrayDeque<>();
    private volatile Counts counts = new Counts(0, 0, 0);
    private int opened;

    /**
     * What came of connections.
     *
     * @param answered that had a handshake, a request and its answer
     * @param full of these, with a full handshake
     * @param failed that had not
     */
    record Counts(long answered, long full, long failed) {
        Counts minus(Counts earlier) {
            return new Counts(answered - earlier.answered, full - earlier.full, failed - earlier.failed);
        }
    }

    /** @param resume whether a session is resumed where the server allows that */
    HandshakeClient(int port, String host, boolean resume) throws SSLException {
        this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.request = ("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(US_ASCII);
        this.resume = resume;
        this.tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .protocols("TLSv1.3")
                .endpointIdentificationAlgorithm(null)
                .serverName(new SNIHostName(host))
                .trustManager(authority)
                .build();
    }

    /** Keeps some connections in progress at once, for as long as it is told to. */
    Counts saturate(int connections, Duration time) {
        Counts before = counts;
        loop.execute(() -> {
            for (int i = 0; i < connections; i++) {
                idle.add(i);
            }
            refill(System.nanoTime() + time.toNanos());
        });
        LockSupport.parkNanos(time.toNanos());
        Counts after = counts.minus(before);
        awaitIdle(connections);
        return after;
    }

    private void refill(long end) {
        while (!idle.isEmpty() && System.nanoTime() < end) {
            int slot = idle.remove();
            open(slot, () -> {
                idle.add(slot);
                refill(end);
            });
        }
    }

    /** Opens {@code perSecond} connections a second, evenly, whether others are done or not, until the task is cancelled. */
    AutoCloseable storm(int perSecond) {
        long nanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        var task = loop.scheduleAtFixedRate(() -> open(opened++, () -> {}), 0, nanos, TimeUnit.NANOSECONDS);
        return () -> task.cancel(false);
    }

    Counts counts() {
        return counts;
    }

    private void awaitIdle(int connections) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_SECONDS);
        while (loop.submit(idle::size).syncUninterruptibly().getNow() < connections) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("connections are unanswered after " + ANSWER_SECONDS + " s");
            }
            LockSupport.parkNanos(1_000_000);
        }
        loop.submit(idle::clear).syncUninterruptibly();
    }

    private void open(int slot, Runnable next) {
        new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .localAddress("127.0.1." + (1 + slot % SOURCES), 0)
                .option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // A session is used once (RFC 8446, C.4) and found by the peer's name: each slot has one to
                        // itself.
                        channel.pipeline()
                                .addLast(
                                        resume
                                                ? tls.newHandler(channel.alloc(), "slot-" + slot, address.getPort())
                                                : tls.newHandler(channel.alloc()))
                                .addLast(new Asking(next));
                    }
                })
                .connect(address)
                .addListener(connected -> {
                    if (!connected.isSuccess()) {
                        done(false, next);
                    }
                });
    }

    private void done(boolean answered, Runnable next) {
        counts = new Counts(counts.answered + (answered ? 1 : 0), authority.asked, counts.failed + (answered ? 0 : 1));
        // Not from within: a connection that is refused at once would go on forever.
        loop.execute(next);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One request, as soon as the handshake is done. */
    private final class Asking extends SimpleChannelInboundHandler<ByteBuf> {
        private final Runnable next;
        private boolean answered;

        Asking(Runnable next) {
            this.next = next;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                ctx.writeAndFlush(Unpooled.wrappedBuffer(request));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf in) {
            // The backend's answer is a line; no line of a head ends in LF alone.
            int last = in.writerIndex() - 1;
            if (!answered && in.readableBytes() > 1 && in.getByte(last) == '\n' && in.getByte(last - 1) != '\r') {
                answered = true;
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            done(answered, next);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** Trusts anybody, and counts whom it was asked about: nobody is in a handshake that resumes a session. */
    private static final class Authority extends X509ExtendedTrustManager {
        private volatile long asked;

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            asked++;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

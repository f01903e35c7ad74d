package dev.gatehouse.dataplane.loop;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Vert.x's event loops, transport and name resolver, for pipelines of our own. Any thread. */
public final class EventLoops {
    private final VertxInternal vertx;

    public EventLoops(Vertx vertx) {
        this.vertx = (VertxInternal) vertx;
    }

    /** The loops that carry connections. */
    public List<EventLoop> loops() {
        List<EventLoop> loops = new ArrayList<>();
        for (EventExecutor executor : vertx.nettyEventLoopGroup()) {
            loops.add((EventLoop) executor);
        }
        return List.copyOf(loops);
    }

    /** A bootstrap for a listening socket whose connections go to the loops in turn. */
    public ServerBootstrap server() {
        EventLoopGroup acceptor = vertx.acceptorEventLoopGroup();
        return new ServerBootstrap()
                .group(acceptor, vertx.nettyEventLoopGroup())
                .channelFactory(vertx.transport().serverChannelFactory(false));
    }

    /** Makes client channels. */
    public ChannelFactory<? extends Channel> channels() {
        return vertx.transport().channelFactory(false);
    }

    /** Resolves a DNS name by Vert.x's resolver, which caches by the records' time to live. Completes on the loop. */
    public Future<List<InetSocketAddress>> resolveAll(EventLoop loop, String name) {
        return vertx.nameResolver().resolveAll(loop, name);
    }
}

package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.listen.tls.HandshakeTurn;
import dev.gatehouse.dataplane.listen.tls.HandshakeTurns;
import dev.gatehouse.dataplane.listen.tls.TlsContexts;
import dev.gatehouse.dataplane.listen.tls.TlsStart;
import dev.gatehouse.dataplane.loop.EventLoops;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.Tables;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The listening sockets of a data plane and everything behind them. Started, drained and closed by any thread. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
public final class HttpListeners implements AutoCloseable {
    private final Map<EventLoop, Worker> workers = new HashMap<>();
    private final Map<EventLoop, HandshakeTurns> turns = new HashMap<>();
    private final List<Channel> sockets = new ArrayList<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final AtomicInteger open = new AtomicInteger();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean draining;
    private volatile int securePort;

    private final TlsContexts tls;

    private HttpListeners(TlsContexts tls) {
        this.tls = tls;
    }

    /**
     * Binds all listeners; blocks until they are bound.
     *
     * @throws IllegalStateException if one cannot be bound, naming it and its address
     */
    public static HttpListeners start(
            EventLoops loops, Tables tables, ExchangeObserver observer, List<ListenerBind> binds) {
        return start(loops, tables, observer, binds, new TlsContexts(tables, TlsContexts.preferred()));
    }

    /** As above, with TLS that is not done in the preferred way. */
    static HttpListeners start(
            EventLoops loops, Tables tables, ExchangeObserver observer, List<ListenerBind> binds, TlsContexts tls) {
        HttpListeners listeners = new HttpListeners(tls);
        SecureRandom seeds = new SecureRandom();
        for (EventLoop loop : loops.loops()) {
            listeners.workers.put(
                    loop, new Worker(loop, loops, PooledByteBufAllocator.DEFAULT, observer, seeds.nextLong()));
            // A timer that has run out is looked at after the connections, once in each turn of the loop.
            listeners.turns.put(loop, new HandshakeTurns(next -> loop.schedule(next, 0, TimeUnit.NANOSECONDS)));
        }
        try {
            for (ListenerBind bind : binds) {
                listeners.bind(loops, tables, bind);
            }
        } catch (RuntimeException e) {
            listeners.close();
            throw e;
        }
        return listeners;
    }

    private void bind(EventLoops loops, Tables tables, ListenerBind bind) {
        AtomicInteger connections = new AtomicInteger();
        ServerBootstrap server = loops.server()
                .option(ChannelOption.SO_BACKLOG, 4096)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 256 * 1024))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel, tables, bind, connections);
                    }
                });
        var bound = server.bind(bind.host(), bind.port()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "listener " + bind.name() + " cannot listen on " + bind.host() + ":" + bind.port() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        sockets.add(bound.channel());
        int port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
        ports.put(bind.name(), port);
        if (bind.tls() && securePort == 0) {
            securePort = port;
        }
    }

    /** The port of the first listener with TLS; 0: there is none. */
    private int securePort() {
        return securePort;
    }

    private void accept(Channel channel, Tables tables, ListenerBind bind, AtomicInteger connections) {
        Worker worker = workers.get(channel.eventLoop());
        HandshakeTurns handshakes = turns.get(channel.eventLoop());
        if (worker == null || handshakes == null) {
            throw new IllegalStateException("a connection on a loop that is none of ours");
        }
        channel.config().setRecvByteBufAllocator(worker.readBuffer());
        int port = channel.localAddress() instanceof InetSocketAddress local ? local.getPort() : bind.port();
        ListenerSettings settings = tables.current().listener(bind.name());
        if (connections.incrementAndGet() > settings.maxConnections()) {
            connections.decrementAndGet();
            worker.observer().connectionRefused(bind.name(), ConnectionRefusal.TOO_MANY.code());
            channel.close();
            return;
        }
        Listener listener =
                new Listener(bind.name(), port, bind.tls(), tables, open, this::lastClosed, this::securePort);
        listener.opened();
        worker.observer().connectionOpened(bind.name());
        channel.closeFuture().addListener(closed -> {
            worker.observer().connectionClosed(bind.name());
            connections.decrementAndGet();
            listener.closed();
        });
        if (settings.proxyProtocol()) {
            channel.pipeline().addLast(new ProxyProtocolStart(worker, bind.name(), settings));
        }
        if (bind.tls()) {
            channel.pipeline()
                    .addLast(new HandshakeTurn(handshakes))
                    .addLast(new TlsStart(
                            tls, bind.name(), code -> worker.observer().connectionRefused(bind.name(), code)));
        }
        if (bind.tls() || settings.proxyProtocol() || settings.http2Cleartext()) {
            channel.pipeline().addLast(new ProtocolStart(worker, listener, settings));
        } else {
            channel.pipeline().addLast(new ClientConnection(worker, listener));
        }
    }

    /** Who does TLS with clients, for people: {@code BoringSSL} or {@code JDK}. */
    public String tlsProvider() {
        return tls.provider();
    }

    /** What each event loop has. */
    public List<Worker> workers() {
        return List.copyOf(workers.values());
    }

    /** The port of each listener by name. */
    public Map<String, Integer> boundPorts() {
        return Map.copyOf(ports);
    }

    /**
     * Stops accepting, ends idle connections and lets the others finish their exchange with {@code Connection: close}.
     *
     * @param atMost after which the rest is closed
     * @return completes when no connection is left
     */
    public CompletableFuture<Void> drain(Duration atMost) {
        sockets.forEach(Channel::close);
        draining = true;
        eachWorker(worker -> {
            worker.drain();
            eachConnection(worker, ServedConnection::drain);
            worker.loop()
                    .schedule(
                            () -> eachConnection(worker, ServedConnection::closeNow),
                            atMost.toMillis(),
                            TimeUnit.MILLISECONDS);
        });
        if (open.get() == 0) {
            drained.complete(null);
        }
        return drained;
    }

    private void lastClosed() {
        if (draining) {
            drained.complete(null);
        }
    }

    private void eachWorker(Consumer<Worker> action) {
        workers.forEach((loop, worker) -> loop.execute(() -> {
            action.accept(worker);
            worker.flush();
        }));
    }

    private static void eachConnection(Worker worker, Consumer<ServedConnection> action) {
        worker.ticker().forEach((Timed entry) -> {
            if (entry instanceof ServedConnection connection) {
                action.accept(connection);
            }
        });
    }

    /** Closes everything at once. */
    @Override
    public void close() {
        sockets.forEach(socket -> socket.close().awaitUninterruptibly());
        CompletableFuture<?>[] closed = workers.entrySet().stream()
                .map(entry -> CompletableFuture.runAsync(
                        () -> {
                            eachConnection(entry.getValue(), ServedConnection::closeNow);
                            entry.getValue().close();
                        },
                        entry.getKey()))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(closed).join();
    }
}

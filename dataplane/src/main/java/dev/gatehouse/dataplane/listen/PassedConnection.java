package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Relay;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.listen.tls.TlsAlert;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/** A client's TLS connection that a backend is to end, and what there is to tell of it. Event loop only. */
final class PassedConnection implements Relay.Owner, Timed, ServedConnection {
    private final Worker worker;
    private final String listener;
    private final CompiledRule rule;
    private final Channel channel;
    private final Relay relay;
    private final long startNanos = System.nanoTime();
    private int slot = -1;

    private PassedConnection(
            Worker worker, String listener, CompiledRule rule, Channel channel, ListenerSettings settings) {
        this.worker = worker;
        this.listener = listener;
        this.rule = rule;
        this.channel = channel;
        this.relay = new Relay(worker, rule, settings, ProxyProtocolStart.addresses(channel), this);
    }

    /** Takes a connection over in the place of a handler. What it has said follows as it came. */
    static void begin(
            Worker worker, String listener, CompiledRule rule, ChannelHandlerContext place, ListenerSettings settings) {
        PassedConnection connection = new PassedConnection(worker, listener, rule, place.channel(), settings);
        place.pipeline().replace(place.handler(), "relay", connection.relay.client());
        worker.ticker().add(connection);
        connection.relay.begin();
    }

    @Override
    public void refused(String reason) {
        worker.ticker().remove(this);
        worker.observer().connectionRefused(listener, reason);
        TlsAlert.close(channel, TlsAlert.INTERNAL_ERROR);
    }

    @Override
    public void left() {
        worker.ticker().remove(this);
    }

    @Override
    public void joined() {
        worker.observer().passing(listener);
    }

    @Override
    public void ended(PassthroughEnd how, long bytesIn, long bytesOut) {
        worker.ticker().remove(this);
        worker.observer().passed(listener, rule.id(), how, System.nanoTime() - startNanos, bytesIn, bytesOut);
    }

    /** Nothing can be told to either side: it has until the drain ends. */
    @Override
    public void drain() {}

    @Override
    public void closeNow() {
        relay.close();
    }

    @Override
    public void tick(long nowMillis) {
        relay.tick(nowMillis);
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

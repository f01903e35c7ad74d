package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Outcome;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Joins a client's connection to one of a backend, octet by octet, until both have ended. What the client sends while it is not
 * joined yet is kept: up to then nothing was sent, so that a connection that cannot be opened is tried elsewhere. Either side is
 * read only as fast as the other takes it, ends as the other ends, and is reset if the other was. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // One of the two ends is meant; NONE is a sentinel.
public final class Relay {
    private static final int MAX_ATTEMPTS = 3;
    private static final byte[] NOTHING = {};

    /** What a client may have sent before anybody has taken it: more than one read and the hello before it. */
    private static final int MAX_EARLY_BYTES = 256 * 1024;

    /** As for WebSockets. */
    private static final int IDLE_MILLIS = 3_600_000;

    private static final int LOOK_MILLIS = 1_000;

    /** Whoever accepted the client's connection. */
    public interface Owner {
        /**
         * No backend has taken the connection, which is the owner's again.
         *
         * @param reason code
         */
        void refused(String reason);

        /** It was taken, and is over: how. */
        void ended(PassthroughEnd how, long bytesIn, long bytesOut);

        /** The client has left before it was taken. */
        void left();

        /** A backend has taken it. */
        void joined();
    }

    private enum State {
        CONNECTING,
        JOINED,
        OVER
    }

    private final Worker worker;
    private final CompiledRule rule;
    private final ListenerSettings settings;
    private final ProxiedAddresses addresses;
    private final Owner owner;
    private final RelayEnd client;
    private final Caller caller;
    private int attempts;

    private State state = State.CONNECTING;
    private @Nullable Upstream upstream;
    private final Attempt attempt;
    private @Nullable RelayEnd backend;
    private ByteBuf early = Unpooled.EMPTY_BUFFER;
    private Reason failure = Reason.NO_ENDPOINT;
    private long deadlineMillis;
    private long lookMillis;

    /**
     * One that has not begun.
     *
     * @param rule whose backends may take it
     * @param addresses of the client's connection
     */
    public Relay(Worker worker, CompiledRule rule, ListenerSettings settings, ProxiedAddresses addresses, Owner owner) {
        this.worker = worker;
        this.attempt = new Attempt(worker);
        this.caller = new Caller(worker.random());
        this.rule = rule;
        this.settings = settings;
        this.addresses = addresses;
        this.owner = owner;
        this.client = new RelayEnd(worker, this);
    }

    /** What belongs into the pipeline of the client's connection. */
    public ChannelHandler client() {
        return client;
    }

    /** Looks for a backend. The client's handler is in its pipeline. */
    public void begin() {
        client.open();
        client.read(false);
        caller.reset(System.nanoTime());
        Selection selection = rule.backends().pick();
        if (!rule.failure().isEmpty()) {
            refuse(rule.failure());
        } else if (!selection.unavailable().isEmpty()) {
            refuse(selection.unavailable());
        } else {
            upstream = selection.upstream();
            attempt();
        }
    }

    private void attempt() {
        Upstream from = Objects.requireNonNull(upstream);
        Endpoint endpoint = withRoom(from);
        if (endpoint.isNobody()) {
            refuse((endpoint == Endpoint.FULL ? Reason.CIRCUIT_OPEN : failure).code());
            return;
        }
        attempt.beginAlone(from, endpoint);
        byte[] header = endpoint.transport()
                .proxyHeader()
                .map(version -> ProxyProtocolWriter.header(version, addresses))
                .orElse(NOTHING);
        new Dialer(worker, endpoint.address())
                .plain(header)
                .dial(
                        new RelayEnd(worker, this),
                        worker.connecting(settings, rule.timeouts().connectMs()));
    }

    /** Somebody who may have one more request, and one more connection. */
    @SuppressWarnings("ReferenceEquality") // sentinels
    private Endpoint withRoom(Upstream from) {
        boolean full = false;
        Endpoint endpoint = from.begin(rule.choice().balancing(), caller);
        while (!endpoint.isNobody() && !endpoint.capacity().connect(false)) {
            endpoint.ended(Outcome.GIVEN_UP, -1);
            caller.failed(endpoint);
            full = true;
            endpoint = from.begin(rule.choice().balancing(), caller);
        }
        if (endpoint == Endpoint.FULL || (full && endpoint == Endpoint.NONE)) {
            worker.observer().circuitOpen(from.id(), full ? "connections" : "requests");
            return Endpoint.FULL;
        }
        return endpoint;
    }

    void connectFailed(Reason reason) {
        if (state != State.CONNECTING) {
            return;
        }
        attempt.end(reason);
        caller.failed(attempt.endpoint());
        failure = reason;
        if (++attempts < MAX_ATTEMPTS) {
            attempt();
        } else {
            refuse(reason.code());
        }
    }

    private void refuse(String reason) {
        state = State.OVER;
        forget();
        owner.refused(reason);
    }

    void connected(RelayEnd opened) {
        if (state != State.CONNECTING) {
            opened.close(); // the client has left meanwhile
            return;
        }
        state = State.JOINED;
        backend = opened;
        opened.open();
        client.halfCloses();
        opened.halfCloses();
        owner.joined();
        opened.send(early);
        forget();
        client.read(opened.isWritable());
        extendDeadline();
    }

    private RelayEnd other(RelayEnd end) {
        return end == client ? Objects.requireNonNull(backend) : client;
    }

    void received(RelayEnd from, ByteBuf in) {
        switch (state) {
            case CONNECTING -> keep(in);
            case JOINED -> {
                RelayEnd to = other(from);
                to.send(in);
                if (!to.isWritable()) {
                    from.read(false);
                }
                extendDeadline();
            }
            case OVER -> {}
        }
    }

    private void keep(ByteBuf in) {
        if (early.readableBytes() + in.readableBytes() > MAX_EARLY_BYTES) {
            client.close();
            return;
        }
        if (!early.isReadable()) {
            early = worker.allocate(in.readableBytes());
        }
        early.writeBytes(in, in.readerIndex(), in.readableBytes());
    }

    private void forget() {
        early.release();
        early = Unpooled.EMPTY_BUFFER;
    }

    void writable(RelayEnd end) {
        if (state == State.JOINED) {
            other(end).read(end.isWritable());
            extendDeadline();
        }
    }

    void inputEnded(RelayEnd end) {
        if (state == State.JOINED) {
            other(end).endOutput();
            extendDeadline();
        }
    }

    /** @param orderly whether both directions had ended before */
    void gone(RelayEnd end, boolean orderly) {
        switch (state) {
            case CONNECTING -> {
                state = State.OVER;
                attempt.end(Outcome.GIVEN_UP);
                forget();
                owner.left();
            }
            case JOINED -> {
                if (!orderly) {
                    over(end.inputEnded() ? PassthroughEnd.CLOSED : brokenBy(end));
                    other(end).reset();
                } else if (other(end).isClosed()) {
                    over(PassthroughEnd.CLOSED);
                }
            }
            case OVER -> {}
        }
    }

    private PassthroughEnd brokenBy(RelayEnd end) {
        return end == client ? PassthroughEnd.CLIENT_RESET : PassthroughEnd.BACKEND_RESET;
    }

    private void over(PassthroughEnd how) {
        state = State.OVER;
        long bytesOut = Objects.requireNonNull(backend).received();
        attempt.end(outcome(how, bytesOut));
        owner.ended(how, client.received(), bytesOut);
    }

    /** Whether TLS went well nobody knows; that nothing came at all is told. */
    private static Outcome outcome(PassthroughEnd how, long bytesOut) {
        if (bytesOut > 0) {
            return Outcome.ANSWERED;
        }
        return how == PassthroughEnd.BACKEND_RESET ? Outcome.BROKEN : Outcome.GIVEN_UP;
    }

    private void extendDeadline() {
        boolean halfClosed = client.inputEnded() || (backend != null && backend.inputEnded());
        int idle = rule.timeouts().idleMs() > 0 ? rule.timeouts().idleMs() : IDLE_MILLIS;
        deadlineMillis =
                worker.ticker().nowMillis() + (halfClosed ? Math.min(idle, settings.requestTimeoutMs()) : idle);
    }

    /** Acts on what is due. */
    public void tick(long nowMillis) {
        RelayEnd joined = backend;
        if (state != State.JOINED || joined == null) {
            return;
        }
        boolean halfClosed = client.inputEnded() || joined.inputEnded();
        if (nowMillis >= deadlineMillis) {
            end(halfClosed ? PassthroughEnd.HALF_CLOSED : PassthroughEnd.IDLE);
        } else if (halfClosed && nowMillis >= lookMillis) {
            lookMillis = nowMillis + LOOK_MILLIS;
            if (client.isResetBehindEnd() || joined.isResetBehindEnd()) {
                end(PassthroughEnd.CLOSED);
            }
        }
    }

    /** Ends both connections, whatever they are doing. */
    public void close() {
        if (state == State.JOINED) {
            end(PassthroughEnd.SHUT_DOWN);
        } else {
            client.close();
        }
    }

    private void end(PassthroughEnd how) {
        over(how);
        client.reset();
        Objects.requireNonNull(backend).reset();
    }
}

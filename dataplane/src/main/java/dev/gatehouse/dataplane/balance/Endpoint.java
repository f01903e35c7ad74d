package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.CircuitLimits;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One address of an upstream, how it is talked to, and how it fares. The object stays the same while address and transport
 * do, over any number of routing tables: connections, load and health are kept by it, once for all rules that lead to its
 * upstream, and two upstreams share nothing even if an address is in both. Equal only to itself. Thread-safe, without locks.
 */
public final class Endpoint {

    /** Nobody can take the request. */
    public static final Endpoint NONE =
            new Endpoint(InetSocketAddress.createUnresolved("none.invalid", 0), Transport.PLAIN, Endpoint::nobodyMinds);

    /** Somebody could take the request, and nobody has room for it. */
    public static final Endpoint FULL =
            new Endpoint(InetSocketAddress.createUnresolved("full.invalid", 0), Transport.PLAIN, Endpoint::nobodyMinds);

    /** Why an endpoint gets no new requests while others can take them. */
    public enum Absence {
        /** Its health checks fail. */
        UNHEALTHY(1),
        /** Its answers to requests have failed. */
        EJECTED(2);

        private final int bit;

        Absence(int bit) {
            this.bit = bit;
        }
    }

    private static final VarHandle REQUESTS = field("requests");
    private static final VarHandle ABSENCES = field("absences");

    private final InetSocketAddress address;
    private final Transport transport;
    private final Consumer<Endpoint> whenUsabilityChanged;

    private final Standing standing = new Standing();
    private final Health health = new Health();
    private final Capacity capacity = new Capacity();

    private volatile int requests;
    private volatile int maxRequests = CircuitLimits.NO_LIMIT;
    private volatile int absences;
    private volatile boolean beginsSlowly;
    private volatile long sinceNanos;
    private volatile @Nullable Latency latency;
    private volatile SessionKeys.@Nullable Tokens tokens;

    /**
     * An endpoint that is usable.
     *
     * @param address unresolved for an ExternalName
     * @param whenUsabilityChanged is told, by whichever thread changes it, when {@link #usable} has changed
     */
    public Endpoint(InetSocketAddress address, Transport transport, Consumer<Endpoint> whenUsabilityChanged) {
        this.address = address;
        this.transport = transport;
        this.whenUsabilityChanged = whenUsabilityChanged;
    }

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(Endpoint.class, name, int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static void nobodyMinds(Endpoint endpoint) {}

    public InetSocketAddress address() {
        return address;
    }

    public Transport transport() {
        return transport;
    }

    /** Requests that it has now, on all event loops; an open WebSocket is one. */
    public int requests() {
        return requests;
    }

    /** Whether there is no such endpoint. */
    @SuppressWarnings("ReferenceEquality") // sentinels
    public boolean isNobody() {
        return this == NONE || this == FULL;
    }

    /** What it may have at a time, from now on. */
    void limit(CircuitLimits limits) {
        capacity.limit(limits);
        maxRequests = limits.maxRequests();
    }

    /** Its connections and who waits for them. */
    public Capacity capacity() {
        return capacity;
    }

    /** Whether it has as many requests as it may have. */
    public boolean isFull() {
        return requests >= maxRequests;
    }

    /** A request is given to it, which is followed by exactly one {@link #ended}; false, and nothing has happened, if it is full. */
    public boolean tryBegin() {
        if ((int) REQUESTS.getAndAdd(this, 1) < maxRequests) {
            return true;
        }
        REQUESTS.getAndAdd(this, -1);
        return false;
    }

    /**
     * What became of a request that was given to it. A request that is tried again elsewhere has ended here.
     *
     * @param firstByteNanos from {@link #tryBegin} to the head of its answer; negative if there was none
     */
    public void ended(Outcome outcome, long firstByteNanos) {
        REQUESTS.getAndAdd(this, -1);
        Latency measured = latency;
        if (measured != null) {
            if (firstByteNanos >= 0) {
                measured.observe(System.nanoTime(), firstByteNanos);
            } else if (outcome != Outcome.GIVEN_UP) {
                measured.observe(System.nanoTime(), Latency.OF_A_FAILURE_NANOS);
            }
        }
    }

    /** How fast it answers. Measured from the first time that anybody wants to know. */
    Latency latency() {
        Latency measured = latency;
        if (measured == null) {
            measured = new Latency(); // of two that are made at once one is lost, with next to nothing in it
            latency = measured;
        }
        return measured;
    }

    /** By what names clients know it; made when they are first asked for, and when keys change. */
    @SuppressWarnings("ReferenceEquality") // keys come as a whole, and others are other keys
    SessionKeys.Tokens tokens(SessionKeys keys, String upstream) {
        SessionKeys.Tokens known = tokens;
        if (known == null || known.keys() != keys) {
            known = keys.tokens(upstream, address.toString());
            tokens = known;
        }
        return known;
    }

    /** It has come, or come back, to others that are there already, and may want to warm up. */
    void beginSlowly(long nowNanos) {
        sinceNanos = nowNanos;
        beginsSlowly = true;
    }

    /** Whether it has come, or come back, to others that were there already, however long ago. */
    boolean isNew() {
        return beginsSlowly;
    }

    /** Since when it gets requests, if it {@link #isNew}. */
    long sinceNanos() {
        return sinceNanos;
    }

    Standing standing() {
        return standing;
    }

    /** What checks have found of it. */
    public Health health() {
        return health;
    }

    /** Whether nothing speaks against new requests. */
    public boolean usable() {
        return absences == 0;
    }

    public boolean is(Absence absence) {
        return (absences & absence.bit) != 0;
    }

    /** Sets or takes back one reason not to use it. */
    public void set(Absence absence, boolean holds) {
        int before = holds
                ? (int) ABSENCES.getAndBitwiseOr(this, absence.bit)
                : (int) ABSENCES.getAndBitwiseAnd(this, ~absence.bit);
        int after = holds ? before | absence.bit : before & ~absence.bit;
        if ((before == 0) != (after == 0)) {
            whenUsabilityChanged.accept(this);
        }
    }

    @Override
    public String toString() {
        return address.toString();
    }
}

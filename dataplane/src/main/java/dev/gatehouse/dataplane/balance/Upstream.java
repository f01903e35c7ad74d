package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.CircuitLimits;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The endpoints of one Service port. One object for the life of the upstream: the rules of all routing tables share it and
 * what is known of its endpoints, however each of them chooses, and a change of endpoints is one reference, whatever the size of
 * the table (docs/decisions/0010). Any thread may pick; one thread at a time replaces.
 */
@SuppressWarnings("ReferenceEquality") // endpoints are equal to themselves alone
public final class Upstream {

    /** Requests that may be retries at the same time whatever the budget; Envoy's number. */
    private static final int MIN_RETRIES = 3;

    private static final byte[] NOTHING = {};

    private final String id;
    private final String zone;
    private final LongSupplier nanoClock;
    private final AtomicLong turn = new AtomicLong();
    private final AtomicInteger retries = new AtomicInteger();
    private final Outliers outliers = new Outliers(this::endpoints);
    private volatile Members members;
    private volatile CircuitLimits limits = CircuitLimits.NONE;
    private volatile Optional<HealthCheck> healthCheck = Optional.empty();

    /** An upstream that nobody serves yet, of a node that does not know where it is. */
    public Upstream(String id) {
        this(id, "", System::nanoTime);
    }

    /**
     * An upstream that nobody serves yet.
     *
     * @param zone of the node; empty: not known
     * @param nanoClock says since when an endpoint is there
     */
    public Upstream(String id, String zone, LongSupplier nanoClock) {
        this.id = id;
        this.zone = zone;
        this.nanoClock = nanoClock;
        this.members = new Members(Transport.PLAIN, List.of(), List.of(), zone, turn);
    }

    /** The shard's id. */
    public String id() {
        return id;
    }

    /** Who of its endpoints is ejected. */
    public Outliers outliers() {
        return outliers;
    }

    /** When its endpoints are ejected from now on. */
    public void eject(OutlierPolicy policy) {
        outliers.policy(policy);
    }

    /** What each of its endpoints may have at a time. */
    public CircuitLimits limits() {
        return limits;
    }

    /** What each of its endpoints may have at a time, from now on. */
    public synchronized void limit(CircuitLimits next) {
        limits = next;
        endpoints().forEach(endpoint -> endpoint.limit(next));
    }

    /** How its endpoints are checked; empty: not at all. */
    public Optional<HealthCheck> healthCheck() {
        return healthCheck;
    }

    /** How its endpoints are checked from now on. Whether that is another way than before. */
    public boolean check(Optional<HealthCheck> next) {
        boolean changed = !next.equals(healthCheck);
        healthCheck = next;
        return changed;
    }

    /** How its endpoints are talked to. An endpoint that was picked keeps its own. */
    public Transport transport() {
        return members.transport;
    }

    /** Replaces the members; an address that was known, and is talked to as before, keeps its {@link Endpoint}. */
    public synchronized void replace(Transport transport, List<Member> ready, List<Member> terminating) {
        Map<InetSocketAddress, Endpoint> known = new HashMap<>();
        for (Endpoint endpoint : endpoints()) {
            if (endpoint.transport().equals(transport)) {
                known.put(endpoint.address(), endpoint);
            }
        }
        members = new Members(
                transport, seats(known, transport, ready), seats(known, transport, terminating), zone, turn);
    }

    private List<Seat> seats(Map<InetSocketAddress, Endpoint> known, Transport transport, List<Member> next) {
        boolean others = !members.ready.isEmpty();
        return next.stream()
                .map(member -> {
                    Endpoint endpoint = known.get(member.address());
                    if (endpoint == null) {
                        endpoint = new Endpoint(member.address(), transport, this::usabilityChanged);
                        endpoint.limit(limits);
                        if (others) {
                            endpoint.beginSlowly(nanoClock.getAsLong()); // where all are new, none is newer than others
                        }
                    }
                    return new Seat(endpoint, member);
                })
                .toList();
    }

    /** Rare, so that a lock does no harm; who picks takes none. */
    private synchronized void usabilityChanged(Endpoint changed) {
        Members now = members;
        // Who comes back to others may be as cold as who is new: its caches are, if it was restarted.
        if (changed.usable()
                && now.ready.stream()
                        .anyMatch(seat ->
                                seat.endpoint() != changed && seat.endpoint().usable())) {
            changed.beginSlowly(nanoClock.getAsLong());
        }
        members = new Members(now.transport, now.ready, now.terminating, zone, turn);
    }

    /**
     * An endpoint for a request, {@link Endpoint#NONE} if there is none that has not failed it already. Terminating ones are used
     * only when nobody is ready (KEP-1669); unusable ones only when less than half of those that could be used are usable.
     * Allocates nothing.
     */
    public Endpoint pick(Balancing how, Caller caller) {
        Members now = members;
        if (now.available.size() == 0) {
            return Endpoint.NONE;
        }
        if (caller.isInSession()) {
            Endpoint kept = kept(now, caller);
            if (kept != Endpoint.NONE) {
                return kept;
            }
        }
        Group among = how.zoneAware() && now.zones.matter() ? now.zones.group(caller) : now.preferred;
        int index = choose(how, among, caller);
        if (index < 0 && among != now.available) {
            among = now.available;
            index = choose(how, among, caller);
        }
        return index < 0 ? Endpoint.NONE : among.endpoints[index];
    }

    /**
     * As {@link #pick}, among those that have room for the request, which then begins there and is followed by exactly one {@link
     * Endpoint#ended}; {@link Endpoint#FULL} if nobody has.
     */
    public Endpoint begin(Balancing how, Caller caller) {
        boolean full = false;
        Endpoint endpoint = pick(how, caller);
        while (endpoint != Endpoint.NONE && !endpoint.tryBegin()) {
            full = true;
            caller.failed(endpoint);
            endpoint = pick(how, caller);
        }
        return endpoint == Endpoint.NONE && full ? Endpoint.FULL : endpoint;
    }

    /**
     * The endpoint of the caller's session, terminating or not, as long as it is there and can be used. Otherwise the first of
     * an order that is the session's own: the same for all its requests, on every node.
     */
    private Endpoint kept(Members now, Caller caller) {
        Endpoint named = named(now.ready, caller);
        if (named == Endpoint.NONE) {
            named = named(now.terminating, caller);
        }
        if (named != Endpoint.NONE && !caller.hasTried(named) && (named.usable() || now.available.holds(named))) {
            return named;
        }
        int index = Rendezvous.choose(now.available, caller, KeyHash.mix(caller.sessionChance()), 0);
        return index < 0 ? Endpoint.NONE : now.available.endpoints[index];
    }

    @SuppressWarnings("ForLoopReplaceableByForEach") // allocates nothing
    private Endpoint named(List<Seat> seats, Caller caller) {
        for (int i = 0; i < seats.size(); i++) {
            Endpoint endpoint = seats.get(i).endpoint();
            if (endpoint.tokens(caller.sessionKeys(), id).include(caller)) {
                return endpoint;
            }
        }
        return Endpoint.NONE;
    }

    /** Whether there is anybody who could take a request. */
    boolean hasEndpoints() {
        return members.available.size() > 0;
    }

    /** Whether the caller's session is with one of its endpoints, or was with one that is gone. */
    boolean hasSession(Caller caller) {
        Members now = members;
        return isOfSession(now.ready, caller) || isOfSession(now.terminating, caller);
    }

    private boolean isOfSession(List<Seat> seats, Caller caller) {
        return !seats.isEmpty()
                && seats.getFirst().endpoint().tokens(caller.sessionKeys(), id).isOfUpstream(caller);
    }

    /** What a client whose request went to the endpoint is to come back with; empty if it has that already. */
    public byte[] token(Endpoint endpoint, Caller caller) {
        if (caller.sessionKeys().isEmpty()) {
            return NOTHING;
        }
        SessionKeys.Tokens tokens = endpoint.tokens(caller.sessionKeys(), id);
        return tokens.isCurrent(caller)
                ? NOTHING
                : SessionToken.text(tokens.words()[0], tokens.words()[1], caller.sessionChance());
    }

    private static int choose(Balancing how, Group among, Caller caller) {
        return how.policy().choose(among, caller, among.ramp(caller, how.slowStartNanos()));
    }

    /**
     * Whether another request may be a retry: at most this share of those that its endpoints have now, and always a few, so
     * that a quiet upstream has retries, too (as Envoy and Linkerd have it). Followed by {@link #endRetrying} if so.
     */
    public boolean beginRetrying(int budgetPercent) {
        Members now = members;
        long requests = requests(now.ready) + requests(now.terminating);
        long most = Math.max(MIN_RETRIES, requests * budgetPercent / 100);
        if (retries.incrementAndGet() <= most) {
            return true;
        }
        retries.decrementAndGet();
        return false;
    }

    /** A request that was tried again is over. */
    public void endRetrying() {
        retries.decrementAndGet();
    }

    private static long requests(List<Seat> seats) {
        long sum = 0;
        for (Seat seat : seats) {
            sum += seat.endpoint().requests();
        }
        return sum;
    }

    /**
     * An endpoint as it is now.
     *
     * @param member what the snapshot says of it
     * @param terminating whether it is going away
     * @param used whether it gets new requests
     */
    public record Present(Endpoint endpoint, Member member, boolean terminating, boolean used) {}

    /** Who is there, ready ones first. */
    public List<Present> present() {
        Members now = members;
        return Stream.concat(
                        now.ready.stream().map(seat -> present(now, seat, false)),
                        now.terminating.stream().map(seat -> present(now, seat, true)))
                .toList();
    }

    private static Present present(Members now, Seat seat, boolean terminating) {
        return new Present(seat.endpoint(), seat.member(), terminating, now.available.holds(seat.endpoint()));
    }

    /** All of them, ready ones first. A copy. */
    public List<Endpoint> endpoints() {
        return members.all().stream().map(Seat::endpoint).toList();
    }

    /** Whether every pick is {@link Endpoint#NONE}. */
    public boolean isEmpty() {
        Members now = members;
        return now.ready.isEmpty() && now.terminating.isEmpty();
    }

    @Override
    public String toString() {
        return id;
    }
}

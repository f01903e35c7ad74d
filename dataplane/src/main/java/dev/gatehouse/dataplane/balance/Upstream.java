package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The endpoints of one Service port, used in turn. One object for the life of the upstream: the rules of all routing tables
 * share it, and a change of endpoints is one reference, whatever the size of the table (docs/decisions/0010). Any thread
 * may pick; one thread at a time replaces.
 */
public final class Upstream {

    /** Below this share of usable endpoints it is likelier that the judgement is wrong than that all of them are. */
    private static final int PANIC_PERCENT = 50;

    /** Requests that may be retries at the same time whatever the budget; Envoy's number. */
    private static final int MIN_RETRIES = 3;

    private static final Endpoint[] NOBODY = {};

    private final String id;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final Outliers outliers = new Outliers(this::endpoints);
    private volatile Members members = Members.of(Transport.PLAIN, NOBODY, NOBODY);

    /**
     * Who is there.
     *
     * @param terminating those that take requests only when nobody is ready (KEP-1669)
     * @param available those among whom to choose: made anew when a member comes, goes, or is usable or not
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Members(Transport transport, Endpoint[] ready, Endpoint[] terminating, Endpoint[] available) {

        static Members of(Transport transport, Endpoint[] ready, Endpoint[] terminating) {
            return new Members(transport, ready, terminating, available(ready.length == 0 ? terminating : ready));
        }

        /** The usable ones; all of them in a panic, when too few would remain. */
        private static Endpoint[] available(Endpoint[] candidates) {
            Endpoint[] usable =
                    Arrays.stream(candidates).filter(Endpoint::usable).toArray(Endpoint[]::new);
            return usable.length * 100L < PANIC_PERCENT * (long) candidates.length ? candidates : usable;
        }
    }

    /** An upstream that nobody serves yet. */
    public Upstream(String id) {
        this.id = id;
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

    /** How its endpoints are talked to. An endpoint that was picked keeps its own. */
    public Transport transport() {
        return members.transport;
    }

    /** Replaces the members; an address that was known, and is talked to as before, keeps its {@link Endpoint}. */
    public synchronized void replace(
            Transport transport, List<InetSocketAddress> ready, List<InetSocketAddress> terminating) {
        Map<InetSocketAddress, Endpoint> known = new HashMap<>();
        for (Endpoint endpoint : endpoints()) {
            if (endpoint.transport().equals(transport)) {
                known.put(endpoint.address(), endpoint);
            }
        }
        members = Members.of(transport, keep(known, transport, ready), keep(known, transport, terminating));
    }

    private Endpoint[] keep(Map<InetSocketAddress, Endpoint> known, Transport transport, List<InetSocketAddress> next) {
        return next.stream()
                .map(address -> {
                    Endpoint same = known.get(address);
                    return same == null ? new Endpoint(address, transport, this::usabilityChanged) : same;
                })
                .toArray(Endpoint[]::new);
    }

    /** Rare, so that a lock does no harm; who picks takes none. */
    private synchronized void usabilityChanged() {
        Members now = members;
        members = Members.of(now.transport, now.ready, now.terminating);
    }

    /**
     * The next endpoint in turn that was not tried yet, {@link Endpoint#NONE} if there is none. Terminating ones are used
     * only when nobody is ready (KEP-1669); unusable ones only when less than half of those that could be used are usable.
     * Allocates nothing if {@code tried} is an ArrayList or an immutable list.
     *
     * @param tried endpoints that failed this request already
     */
    public Endpoint pick(Collection<Endpoint> tried) {
        Endpoint[] from = members.available;
        int size = from.length;
        if (size == 0) {
            return Endpoint.NONE;
        }
        int start = Integer.remainderUnsigned(turn.getAndIncrement(), size);
        for (int i = 0; i < size; i++) {
            Endpoint candidate = from[start + i < size ? start + i : start + i - size];
            if (tried.isEmpty() || !tried.contains(candidate)) {
                return candidate;
            }
        }
        return Endpoint.NONE;
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

    private static long requests(Endpoint[] endpoints) {
        long sum = 0;
        for (Endpoint endpoint : endpoints) {
            sum += endpoint.requests();
        }
        return sum;
    }

    /** All of them, ready ones first. A copy. */
    public List<Endpoint> endpoints() {
        Members now = members;
        List<Endpoint> all = new ArrayList<>(List.of(now.ready));
        all.addAll(List.of(now.terminating));
        return all;
    }

    /** Whether every pick is {@link Endpoint#NONE}. */
    public boolean isEmpty() {
        Members now = members;
        return now.ready.length == 0 && now.terminating.length == 0;
    }

    @Override
    public String toString() {
        return id;
    }
}

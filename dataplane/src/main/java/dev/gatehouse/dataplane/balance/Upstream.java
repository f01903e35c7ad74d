package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;
import java.util.ArrayList;
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

    private static final Endpoint[] NOBODY = {};

    private final String id;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Members members = new Members(Transport.PLAIN, NOBODY, NOBODY);

    /** Who takes new requests, and who does so only when nobody else is left. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    private record Members(Transport transport, Endpoint[] ready, Endpoint[] terminating) {}

    /** An upstream that nobody serves yet. */
    public Upstream(String id) {
        this.id = id;
    }

    /** The shard's id. */
    public String id() {
        return id;
    }

    /** How its endpoints are talked to. An endpoint that was picked keeps its own. */
    public Transport transport() {
        return members.transport;
    }

    /** Replaces the members; an address that was known, and is talked to as before, keeps its {@link Endpoint}. */
    public void replace(Transport transport, List<InetSocketAddress> ready, List<InetSocketAddress> terminating) {
        Map<Endpoint, Endpoint> known = new HashMap<>();
        for (Endpoint endpoint : endpoints()) {
            known.put(endpoint, endpoint);
        }
        members = new Members(transport, keep(known, transport, ready), keep(known, transport, terminating));
    }

    private static Endpoint[] keep(Map<Endpoint, Endpoint> known, Transport transport, List<InetSocketAddress> next) {
        return next.stream()
                .map(address -> new Endpoint(address, transport))
                .map(endpoint -> known.getOrDefault(endpoint, endpoint))
                .toArray(Endpoint[]::new);
    }

    /**
     * The next endpoint in turn that was not tried yet, {@link Endpoint#NONE} if there is none. Terminating ones are used
     * only when nobody is ready (KEP-1669). Allocates nothing if {@code tried} is an ArrayList or an immutable list.
     *
     * @param tried endpoints that failed this request already
     */
    public Endpoint pick(Collection<Endpoint> tried) {
        Members now = members;
        Endpoint[] from = now.ready.length == 0 ? now.terminating : now.ready;
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

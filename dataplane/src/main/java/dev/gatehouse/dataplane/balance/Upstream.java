package dev.gatehouse.dataplane.balance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The endpoints of one Service port, used in turn. One object for the life of the upstream: rules of every routing table
 * share it, and a change of endpoints is one reference, whatever the size of the table. A request that is to be tried
 * again thus sees the endpoints of now, not those of its table. Thread-safe.
 */
public final class Upstream {

    private final String id;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Members members = new Members(List.of(), List.of());

    /** Who takes new requests, and who does so only when nobody else is left. */
    private record Members(List<Endpoint> ready, List<Endpoint> terminating) {}

    public Upstream(String id) {
        this.id = id;
    }

    /** The shard's id. */
    public String id() {
        return id;
    }

    /** Replaces the members; an address that was known keeps its {@link Endpoint}. Called by one thread. */
    public void replace(List<Endpoint> ready, List<Endpoint> terminating) {
        Map<Endpoint, Endpoint> known = new HashMap<>();
        members.ready.forEach(endpoint -> known.put(endpoint, endpoint));
        members.terminating.forEach(endpoint -> known.put(endpoint, endpoint));
        members = new Members(keep(known, ready), keep(known, terminating));
    }

    private static List<Endpoint> keep(Map<Endpoint, Endpoint> known, List<Endpoint> next) {
        List<Endpoint> kept = new ArrayList<>(next.size());
        next.forEach(endpoint -> kept.add(known.getOrDefault(endpoint, endpoint)));
        return List.copyOf(kept);
    }

    /** The next endpoint in turn, {@link Endpoint#NONE} if there is none. No allocation. */
    public Endpoint pick() {
        return pick(List.of());
    }

    /**
     * The next endpoint in turn that was not tried yet. Terminating ones are used only when nobody is ready (KEP-1669).
     *
     * @param tried endpoints that failed this request already
     */
    public Endpoint pick(List<Endpoint> tried) {
        Members now = members;
        List<Endpoint> from = now.ready.isEmpty() ? now.terminating : now.ready;
        int size = from.size();
        if (size == 0) {
            return Endpoint.NONE;
        }
        int start = Integer.remainderUnsigned(turn.getAndIncrement(), size);
        for (int i = 0; i < size; i++) {
            Endpoint candidate = from.get(start + i < size ? start + i : start + i - size);
            if (tried.isEmpty() || !tried.contains(candidate)) {
                return candidate;
            }
        }
        return Endpoint.NONE;
    }

    /** Ready endpoints first; for people. */
    public List<Endpoint> endpoints() {
        Members now = members;
        List<Endpoint> all = new ArrayList<>(now.ready);
        all.addAll(now.terminating);
        return all;
    }
}

package dev.gatehouse.dataplane.balance;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The upstreams that there are, whichever rules lead to them, and who follows those whose endpoints are checked. Thread-safe. */
public final class Upstreams {

    private final Map<String, Upstream> byId = new ConcurrentHashMap<>();
    private final List<Consumer<Upstream>> followers = new CopyOnWriteArrayList<>();

    /** One has come. */
    public void add(Upstream upstream) {
        byId.put(upstream.id(), upstream);
    }

    /** One is gone. */
    public void remove(Upstream upstream) {
        byId.remove(upstream.id(), upstream);
    }

    /** All of them now; a view. */
    public Collection<Upstream> all() {
        return byId.values();
    }

    /** The follower is told of every upstream whose endpoints, or the way in which they are checked, are others. It must not block. */
    public void follow(Consumer<Upstream> follower) {
        followers.add(follower);
        byId.values().forEach(follower);
    }

    /** The follower is told nothing more. */
    public void leave(Consumer<Upstream> follower) {
        followers.remove(follower);
    }

    /** Tells the followers of an upstream. */
    public void changed(Upstream upstream) {
        followers.forEach(follower -> follower.accept(upstream));
    }
}

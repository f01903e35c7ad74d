package dev.gatehouse.dataplane.health;

import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.balance.Upstreams;
import dev.gatehouse.dataplane.forward.Worker;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Checks the endpoints of all upstreams that ask for it, each upstream on one event loop. Started and closed by any thread.
 */
public final class HealthChecks implements AutoCloseable {

    private final Upstreams upstreams;
    private final List<LoopChecks> loops;
    private final Consumer<Upstream> follower = this::follow;

    private HealthChecks(Upstreams upstreams, List<LoopChecks> loops) {
        this.upstreams = upstreams;
        this.loops = loops;
    }

    /** Checks what is there, and what comes. */
    public static HealthChecks start(Upstreams upstreams, List<Worker> workers) {
        HealthChecks checks = new HealthChecks(
                upstreams, workers.stream().map(LoopChecks::new).toList());
        upstreams.follow(checks.follower);
        return checks;
    }

    /** Whatever it is that has changed: the loop looks at how things stand then. */
    private void follow(Upstream upstream) {
        LoopChecks one = loops.get(Math.floorMod(upstream.id().hashCode(), loops.size()));
        one.worker().loop().execute(() -> one.follow(upstream));
    }

    /** Checks nothing any more; blocks until that is so. Everybody stays as the last check left them. */
    @Override
    public void close() {
        upstreams.leave(follower);
        CompletableFuture<?>[] closed = loops.stream()
                .map(one -> CompletableFuture.runAsync(one::close, one.worker().loop()))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(closed).join();
    }
}

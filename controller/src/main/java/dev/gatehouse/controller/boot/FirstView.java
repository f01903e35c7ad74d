package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.model.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a controller has to have seen before it publishes anything: every kind once, and what Secrets hold that hosts refer to. A replica
 * that starts must not take away what the others serve. For the Secrets it waits with a bound, since whoever waits for one is told, and
 * the others need not suffer.
 */
final class FirstView {

    private final Duration patience;
    private volatile Set<Kind> unlisted = EnumSet.allOf(Kind.class);
    private volatile boolean readsSecrets;
    private List<Change> changes = new ArrayList<>();
    private int objects;
    private long began;

    /** @param patience for Secrets to be read, once everything is listed */
    FirstView(Duration patience) {
        this.patience = patience;
    }

    /** Every object of a kind was seen. */
    void listed(Kind kind) {
        if (unlisted.contains(kind)) {
            Set<Kind> rest = EnumSet.copyOf(unlisted);
            rest.remove(kind);
            unlisted = rest;
        }
    }

    /** Takes what was seen. */
    void add(List<Change> more) {
        changes.addAll(more);
        objects += more.size();
    }

    /** Whether everything was listed, so that what was seen can be compiled. */
    boolean isListed() {
        return unlisted.isEmpty();
    }

    /** What was seen and not taken yet. */
    List<Change> take(long nanos) {
        List<Change> taken = changes;
        changes = new ArrayList<>();
        if (!readsSecrets) {
            readsSecrets = true;
            began = nanos;
        }
        return taken;
    }

    /** Whether it has been compiled, and waits for Secrets alone. */
    boolean readsSecrets() {
        return readsSecrets;
    }

    /** Whether it waited for Secrets for long enough. */
    boolean isOver(long nanos) {
        return nanos - began >= patience.toNanos();
    }

    int objects() {
        return objects;
    }

    /** When all was listed. */
    long began() {
        return began;
    }

    /** What was not seen yet, in words. Any thread. */
    String missing() {
        return readsSecrets
                ? "what Secrets hold that routes refer to"
                : unlisted.stream().map(Kind::text).collect(Collectors.joining(", "));
    }
}

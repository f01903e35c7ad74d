package dev.gatehouse.controller.status;

import dev.gatehouse.controller.model.ObjectKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How often it is told that an object is live: at once the first time, and after that once in a while however often it changes, the
 * last change always included. Times are {@link System#nanoTime()}. One thread only.
 */
final class LiveNews {

    /** An Event costs the API server more than the change that it tells of. */
    static final Duration PAUSE = Duration.ofSeconds(10);

    private final Map<ObjectKey, Long> told = new LinkedHashMap<>(); // the oldest first
    private final Set<ObjectKey> waiting = new HashSet<>();

    /** Whether it may be told now; if not, {@link #due} names it when it may. */
    boolean now(ObjectKey key, long nanos) {
        Long last = told.get(key);
        if (last != null && nanos - last < PAUSE.toNanos()) {
            waiting.add(key);
            return false;
        }
        told.remove(key); // so that it goes to the end
        told.put(key, nanos);
        waiting.remove(key);
        return true;
    }

    /** An object that has waited for long enough. Each is named once. */
    Optional<ObjectKey> due(long nanos) {
        Iterator<Map.Entry<ObjectKey, Long>> oldest = told.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<ObjectKey, Long> entry = oldest.next();
            if (nanos - entry.getValue() < PAUSE.toNanos()) {
                return Optional.empty();
            }
            oldest.remove();
            if (waiting.remove(entry.getKey())) {
                return Optional.of(entry.getKey());
            }
        }
        return Optional.empty();
    }

    /** Nanoseconds until there may be one that is due. */
    long untilDue(long nanos) {
        return waiting.isEmpty()
                ? Long.MAX_VALUE
                : told.values().stream()
                        .findFirst()
                        .map(oldest -> PAUSE.toNanos() - (nanos - oldest))
                        .orElse(Long.MAX_VALUE);
    }
}

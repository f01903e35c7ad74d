package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.Digest;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Remembers for a short while what became of a token, so that a fleet that comes back all at once, or a node that tries
 * again and again with a bad token, does not pass its load on to the API server. Keeps digests of tokens, not tokens; a
 * check in progress is shared; a check that could not be made is not remembered. Thread-safe.
 */
public final class TokenCache implements Authenticator {

    private final Authenticator checks;
    private final long rememberedNanos;
    private final LongSupplier nanoTime;
    private final Map<Digest, Checked> results;

    private record Checked(Future<NodeIdentity> result, long nanos) {}

    /**
     * @param remembered how long a result is used; a deleted ServiceAccount is noticed after it
     * @param capacity results kept; the oldest goes first
     * @param nanoTime as {@link System#nanoTime()}
     */
    public TokenCache(Authenticator checks, Duration remembered, int capacity, LongSupplier nanoTime) {
        this.checks = checks;
        this.rememberedNanos = remembered.toNanos();
        this.nanoTime = nanoTime;
        this.results = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Digest, Checked> eldest) {
                return size() > capacity;
            }
        };
    }

    @Override
    public Future<NodeIdentity> authenticate(String token) {
        Digest key = Digest.of(token.getBytes(StandardCharsets.UTF_8));
        long now = nanoTime.getAsLong();
        synchronized (results) {
            Checked known = results.get(key);
            if (known != null && now - known.nanos < rememberedNanos && !couldNotBeMade(known.result)) {
                return known.result;
            }
            results.remove(key);
            Future<NodeIdentity> result = checks.authenticate(token);
            results.put(key, new Checked(result, now));
            return result;
        }
    }

    private static boolean couldNotBeMade(Future<NodeIdentity> result) {
        return result.failed() && !(result.cause() instanceof DeniedException);
    }
}

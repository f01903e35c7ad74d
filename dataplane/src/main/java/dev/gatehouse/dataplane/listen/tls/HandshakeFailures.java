package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.policy.ClientVerdict;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Says in a code why a handshake failed. */
public final class HandshakeFailures {

    private HandshakeFailures() {}

    /** The code; empty if the client just went away, as health checks and port scanners do. */
    public static Optional<String> code(Throwable failure) {
        boolean missing = false;
        Deque<Throwable> open = new ArrayDeque<>(Set.of(failure));
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        while (!open.isEmpty()) {
            Throwable one = open.pop();
            if (!seen.add(one)) {
                continue;
            }
            if (one instanceof RefusedClientException refused) {
                return Optional.of(refused.verdict().code());
            }
            missing |= saysThatNoneCame(one);
            if (one.getCause() != null) {
                open.push(one.getCause());
            }
            // The native engine notes what a trust manager threw beside what OpenSSL made of it.
            open.addAll(new HashSet<>(Set.of(one.getSuppressed())));
        }
        if (missing) {
            return Optional.of(ClientVerdict.MISSING.code());
        }
        return failure instanceof ClosedChannelException
                ? Optional.empty()
                : Optional.of(ConnectionRefusal.TLS_FAILED.code());
    }

    /** BoringSSL's and the JDK's words for it; neither has a type of its own. */
    private static boolean saysThatNoneCame(Throwable failure) {
        String message = failure.getMessage() == null
                ? ""
                : failure.getMessage().toLowerCase(Locale.ROOT).replace('_', ' ');
        return message.contains("peer did not return a certificate")
                || message.contains("empty client certificate chain");
    }
}

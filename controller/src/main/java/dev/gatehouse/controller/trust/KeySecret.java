package dev.gatehouse.controller.trust;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.SharedKeys;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps shared keys in a Secret of the controller's namespace. Which of them is the current one is what the Secret says, never what a clock says, so that all replicas compile the same. Calls block.
 */
public final class KeySecret {

    private static final String CURRENT = "current";
    private static final String NEXT = "next";
    private static final String PREVIOUS = "previous";
    private static final String SINCE = "since";

    private final KeyPurpose purpose;
    private final SharedSecret secret;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** @param owners with whom the Secret is to go */
    public KeySecret(
            KeyPurpose purpose, KubernetesClient client, String namespace, Clock clock, List<OwnerReference> owners) {
        this.purpose = purpose;
        this.secret = new SharedSecret(
                client, namespace, "gatehouse-" + purpose.code(), "gatehouse.dev/" + purpose.code(), owners);
        this.clock = clock;
    }

    private record Held(SharedKeys keys, Instant since) {}

    /**
     * Reads the keys; makes them if there are none, and goes on to the next ones if it is time.
     *
     * @throws IllegalStateException if the Secret is there but cannot be used; it says what to do
     * @throws KubernetesClientException if the API server cannot be asked
     */
    public SharedKeys load() {
        try {
            return held(secret.settle(() -> content(SharedKeys.create(purpose, random)), this::successor)).keys;
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    secret + " does not hold " + purpose.what() + ": " + e.getMessage()
                            + ". Delete it: the controller makes new ones, and " + purpose.price() + ".",
                    e);
        }
    }

    private Optional<Map<String, byte[]>> successor(Map<String, byte[]> content) {
        Held held = held(content);
        return held.since.plus(purpose.period()).isAfter(clock.instant())
                ? Optional.empty()
                : Optional.of(content(held.keys.successor(random)));
    }

    KeyPurpose purpose() {
        return purpose;
    }

    /** Calls {@code changed} on some thread whenever the Secret is made, changed or deleted, until the result is closed. */
    AutoCloseable watch(Runnable changed) {
        return secret.watch(changed);
    }

    private Map<String, byte[]> content(SharedKeys keys) {
        Map<String, byte[]> content = new HashMap<>();
        content.put(CURRENT, keys.current().toByteArray());
        content.put(NEXT, keys.next().toByteArray());
        keys.previous().ifPresent(previous -> content.put(PREVIOUS, previous.toByteArray()));
        content.put(SINCE, clock.instant().toString().getBytes(StandardCharsets.US_ASCII));
        return content;
    }

    private Held held(Map<String, byte[]> content) {
        try {
            return new Held(
                    new SharedKeys(
                            purpose,
                            value(content, CURRENT),
                            value(content, NEXT),
                            Optional.ofNullable(content.get(PREVIOUS)).map(ByteString::copyFrom)),
                    Instant.parse(value(content, SINCE).toString(StandardCharsets.US_ASCII)));
        } catch (DateTimeException e) {
            // Without what was read: nobody can tell what it is.
            throw new IllegalArgumentException("its " + SINCE + " is no time such as 2026-01-31T12:00:00Z", e);
        }
    }

    private static ByteString value(Map<String, byte[]> content, String key) {
        byte[] value = content.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + key);
        }
        return ByteString.copyFrom(value);
    }
}

package dev.gatehouse.controller.trust;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps the authority in a Secret of the controller's namespace, so that all replicas have the same one. Calls block. */
public final class AuthoritySecret {

    /** Name of the Secret. {@code ca.crt} holds all authorities to be trusted, the newest first. */
    public static final String NAME = "gatehouse-ca";

    private final SharedSecret secret;
    private final Clock clock;

    /** @param owners with whom the Secret is to go */
    public AuthoritySecret(KubernetesClient client, String namespace, Clock clock, List<OwnerReference> owners) {
        this.secret = new SharedSecret(client, namespace, NAME, "kubernetes.io/tls", owners);
        this.clock = clock;
    }

    /**
     * What is in the Secret.
     *
     * @param authority that signs now
     * @param trusted PEM of every authority that data planes are to trust
     */
    public record Held(CertificateAuthority authority, String trusted) {}

    /**
     * Reads the authority; makes it if there is none, replaces it if it is due. During a rotation the last one stays
     * trusted.
     *
     * @throws IllegalStateException if the Secret is there but cannot be used; it says what to do
     * @throws KubernetesClientException if the API server cannot be asked
     */
    public Held load() {
        try {
            return held(
                    secret.settle(() -> content(CertificateAuthority.create(clock.instant()), ""), this::successor));
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    secret + " does not hold the controller's certificate authority: " + e.getMessage()
                            + ". Delete it: the controller makes a new one, and data planes follow.",
                    e);
        }
    }

    private Optional<Map<String, byte[]>> successor(Map<String, byte[]> content) {
        CertificateAuthority authority = held(content).authority;
        return authority.dueForRotation(clock.instant())
                ? Optional.of(content(authority.successor(clock.instant()), authority.certificatePem()))
                : Optional.empty();
    }

    /** Calls {@code changed} on some thread whenever the Secret is made, changed or deleted, until the result is closed. */
    AutoCloseable watch(Runnable changed) {
        return secret.watch(changed);
    }

    private static Map<String, byte[]> content(CertificateAuthority authority, String alsoTrusted) {
        return Map.of(
                "tls.crt", bytes(authority.certificatesPem()),
                "tls.key", bytes(authority.keyPem()),
                "ca.crt", bytes(authority.certificatePem() + alsoTrusted));
    }

    private static Held held(Map<String, byte[]> content) {
        try {
            return new Held(
                    CertificateAuthority.parse(text(content, "tls.crt"), text(content, "tls.key")),
                    text(content, "ca.crt"));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String text(Map<String, byte[]> content, String key) {
        byte[] value = content.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + key);
        }
        return new String(value, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

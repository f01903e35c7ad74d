package dev.gatehouse.controller.trust;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the authority in a Secret of the controller's namespace, so that all replicas have the same one. Whoever comes
 * first makes it: the API server lets only one create succeed, and the others read. Calls block.
 */
public final class AuthoritySecret {

    /** Name of the Secret. {@code ca.crt} holds all authorities to be trusted, the newest first. */
    public static final String NAME = "gatehouse-ca";

    private final KubernetesClient client;
    private final String namespace;
    private final Clock clock;
    private final List<OwnerReference> owners;

    /** @param owners with whom the Secret is to go */
    public AuthoritySecret(KubernetesClient client, String namespace, Clock clock, List<OwnerReference> owners) {
        this.client = client;
        this.namespace = namespace;
        this.clock = clock;
        this.owners = List.copyOf(owners);
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
        while (true) {
            Optional<Secret> found = Optional.ofNullable(
                    client.secrets().inNamespace(namespace).withName(NAME).get());
            try {
                if (found.isEmpty()) {
                    return held(client.resource(secret(CertificateAuthority.create(clock.instant()), ""))
                            .create());
                }
                Held held = held(found.get());
                if (!held.authority.dueForRotation(clock.instant())) {
                    return held;
                }
                Secret next = secret(held.authority.successor(clock.instant()), held.authority.certificatePem());
                next.getMetadata().setResourceVersion(found.get().getMetadata().getResourceVersion());
                return held(client.resource(next).update());
            } catch (KubernetesClientException e) {
                // Another replica was first, or the Secret was deleted since it was read: look again.
                boolean overtaken = e.getCode() == HttpURLConnection.HTTP_CONFLICT
                        || (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND && found.isPresent());
                if (!overtaken) {
                    throw e;
                }
            }
        }
    }

    /** Calls {@code changed} on some thread whenever the Secret is made, changed or deleted, until the result is closed. */
    AutoCloseable watch(Runnable changed) {
        return client.secrets().inNamespace(namespace).withName(NAME).inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Secret secret) {
                changed.run();
            }

            @Override
            public void onUpdate(Secret before, Secret after) {
                changed.run();
            }

            @Override
            public void onDelete(Secret secret, boolean stateUnknown) {
                changed.run();
            }
        });
    }

    private Secret secret(CertificateAuthority authority, String alsoTrusted) {
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(namespace);
        metadata.setName(NAME);
        metadata.setOwnerReferences(owners);
        metadata.setLabels(Map.of("app.kubernetes.io/managed-by", "gatehouse"));
        return new SecretBuilder()
                .withMetadata(metadata)
                .withType("kubernetes.io/tls")
                .withData(Map.of(
                        "tls.crt", base64(authority.certificatesPem()),
                        "tls.key", base64(authority.keyPem()),
                        "ca.crt", base64(authority.certificatePem() + alsoTrusted)))
                .build();
    }

    private Held held(Secret secret) {
        Map<String, String> data = Optional.ofNullable(secret.getData()).orElse(Map.of());
        try {
            return new Held(
                    CertificateAuthority.parse(text(data, "tls.crt"), text(data, "tls.key")), text(data, "ca.crt"));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "Secret " + namespace + "/" + NAME + " does not hold the controller's certificate authority: "
                            + e.getMessage() + ". Delete it: the controller makes a new one, and data planes follow.",
                    e);
        }
    }

    private static String text(Map<String, String> data, String key) {
        String value = data.get(key);
        if (value == null) {
            throw new IllegalArgumentException("it has no " + key);
        }
        return new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}

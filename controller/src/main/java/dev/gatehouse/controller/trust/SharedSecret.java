package dev.gatehouse.controller.trust;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.net.HttpURLConnection;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A Secret of the controller's own namespace that all replicas have in common. Whoever comes first makes or replaces it: the API
 * server lets only one of them succeed, and the others read. Calls block.
 */
final class SharedSecret {

    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final String type;
    private final List<OwnerReference> owners;

    /** @param owners with whom the Secret is to go */
    SharedSecret(KubernetesClient client, String namespace, String name, String type, List<OwnerReference> owners) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
        this.type = type;
        this.owners = List.copyOf(owners);
    }

    /**
     * Reads what the Secret holds.
     *
     * @param first makes its content if there is none
     * @param next makes the content to replace what it holds; empty if that stays
     * @return what it holds now
     * @throws IllegalArgumentException if it is not base64
     * @throws KubernetesClientException if the API server cannot be asked
     */
    Map<String, byte[]> settle(
            Supplier<Map<String, byte[]>> first, Function<Map<String, byte[]>, Optional<Map<String, byte[]>>> next) {
        while (true) {
            Optional<Secret> found = Optional.ofNullable(
                    client.secrets().inNamespace(namespace).withName(name).get());
            try {
                if (found.isEmpty()) {
                    return content(client.resource(secret(first.get())).create());
                }
                Map<String, byte[]> held = content(found.get());
                Optional<Map<String, byte[]>> replacement = next.apply(held);
                if (replacement.isEmpty()) {
                    return held;
                }
                Secret replaced = secret(replacement.get());
                replaced.getMetadata()
                        .setResourceVersion(found.get().getMetadata().getResourceVersion());
                return content(client.resource(replaced).update());
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
        return client.secrets().inNamespace(namespace).withName(name).inform(new ResourceEventHandler<>() {
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

    private Secret secret(Map<String, byte[]> content) {
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(namespace);
        metadata.setName(name);
        metadata.setOwnerReferences(owners);
        metadata.setLabels(Map.of("app.kubernetes.io/managed-by", "gatehouse"));
        return new SecretBuilder()
                .withMetadata(metadata)
                .withType(type)
                .withData(content.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> Base64.getEncoder().encodeToString(entry.getValue()))))
                .build();
    }

    private static Map<String, byte[]> content(Secret secret) {
        return Optional.ofNullable(secret.getData()).orElse(Map.of()).entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> Base64.getDecoder().decode(entry.getValue())));
    }

    @Override
    public String toString() {
        return "Secret " + namespace + "/" + name;
    }
}

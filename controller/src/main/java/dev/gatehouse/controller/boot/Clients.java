package dev.gatehouse.controller.boot;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Makes clients of the API server. */
final class Clients {

    /** Before a broken watch is taken up again; doubled each time, up to 32 times as much, which is not to be half a minute. */
    private static final int FIRST_RETRY_MILLIS = 100;

    private Clients() {}

    /**
     * A client of its own connections.
     *
     * @param kubeconfig empty: the ServiceAccount of the pod
     * @throws IllegalStateException if the file cannot be read
     */
    static KubernetesClient of(Optional<Path> kubeconfig) {
        Config config = config(kubeconfig);
        config.setWatchReconnectInterval(FIRST_RETRY_MILLIS);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /**
     * Where the API server is, and with what it is asked.
     *
     * @param kubeconfig empty: the ServiceAccount of the pod
     * @throws IllegalStateException if the file cannot be read
     */
    static Config config(Optional<Path> kubeconfig) {
        Config config = kubeconfig.map(Clients::read).orElseGet(() -> new ConfigBuilder().build());
        config.setUserAgent("gatehouse-controller");
        return config;
    }

    private static Config read(Path kubeconfig) {
        if (!Files.isReadable(kubeconfig)) {
            throw new IllegalStateException("--kubeconfig " + kubeconfig + " cannot be read");
        }
        return Config.fromKubeconfig(kubeconfig.toFile());
    }

    /**
     * Refers to a ServiceAccount as an owner.
     *
     * @throws IllegalStateException if there is none of this name
     */
    static OwnerReference ownerReference(KubernetesClient client, String namespace, String serviceAccount) {
        ServiceAccount found = client.serviceAccounts()
                .inNamespace(namespace)
                .withName(serviceAccount)
                .get();
        if (found == null) {
            throw new IllegalStateException(
                    "--owner " + serviceAccount + ": there is no such ServiceAccount in namespace " + namespace);
        }
        return new OwnerReferenceBuilder()
                .withApiVersion("v1")
                .withKind("ServiceAccount")
                .withName(serviceAccount)
                .withUid(found.getMetadata().getUid())
                .build();
    }
}

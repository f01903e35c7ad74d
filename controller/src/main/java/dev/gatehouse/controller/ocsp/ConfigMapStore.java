package dev.gatehouse.controller.ocsp;

import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.StatusConfigMap;
import dev.gatehouse.crds.GatehouseApi;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps answers in ConfigMaps of the controller's namespace, which all replicas watch. */
public final class ConfigMapStore implements StatusStore {
    private static final Map<String, String> LABELS =
            Map.of("app.kubernetes.io/managed-by", "gatehouse", "gatehouse.dev/ocsp", "answer");

    private final KubernetesClient client;
    private final String namespace;
    private final List<OwnerReference> owners;

    /** @param owners with whom the ConfigMaps are to go */
    public ConfigMapStore(KubernetesClient client, String namespace, List<OwnerReference> owners) {
        this.client = client;
        this.namespace = namespace;
        this.owners = List.copyOf(owners);
    }

    @Override
    public Map<String, CertificateStatus> load() {
        Map<String, CertificateStatus> all = new HashMap<>();
        client.configMaps()
                .inNamespace(namespace)
                .withLabels(LABELS)
                .list()
                .getItems()
                .forEach(config -> StatusConfigMap.read(config)
                        .ifPresent(status -> all.put(config.getMetadata().getName(), status)));
        return all;
    }

    @Override
    public void put(String name, CertificateStatus status) {
        ConfigMap config = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(LABELS)
                .withOwnerReferences(owners)
                .endMetadata()
                .withData(StatusConfigMap.data(status))
                .withBinaryData(StatusConfigMap.binaryData(status))
                .build();
        client.resource(config)
                .fieldManager(GatehouseApi.FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply();
    }

    @Override
    public void remove(String name) {
        client.configMaps().inNamespace(namespace).withName(name).delete();
    }
}

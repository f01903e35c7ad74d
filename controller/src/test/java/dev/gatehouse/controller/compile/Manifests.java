package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.crds.HostGrant;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;

/** Reads the manifests that tests write. */
final class Manifests {

    private final KubernetesSerialization serialization = new KubernetesSerialization();

    Manifests() {
        serialization.registerKubernetesResource(ProxyRoute.class);
        serialization.registerKubernetesResource(ProxyFleet.class);
        serialization.registerKubernetesResource(ProxyPolicy.class);
        serialization.registerKubernetesResource(HostGrant.class);
        serialization.registerKubernetesResource(ReferenceGrant.class);
    }

    /** The models of a text with one or more documents. */
    List<ResourceModel> models(String yaml) {
        List<ResourceModel> models = new ArrayList<>();
        for (String document : yaml.split("(?m)^---$")) {
            if (!document.isBlank()) {
                HasMetadata object = serialization.unmarshal(document);
                models.add(ModelParser.parse(object));
            }
        }
        return models;
    }

    /** A change that brings each of them. */
    List<Change> upserts(String yaml) {
        List<Change> changes = new ArrayList<>();
        models(yaml).forEach(model -> changes.add(new Change.Upsert(model)));
        return changes;
    }
}

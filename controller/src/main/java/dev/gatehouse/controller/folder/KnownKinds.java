package dev.gatehouse.controller.folder;

import dev.gatehouse.crds.HostGrant;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The kinds that a folder may bring. */
final class KnownKinds {

    /** One kind. */
    record Known(String apiVersion, Class<? extends HasMetadata> type, boolean clusterScoped) {}

    private static final Map<String, Known> KINDS = new TreeMap<>(Map.ofEntries(
            Map.entry("Ingress", new Known("networking.k8s.io/v1", Ingress.class, false)),
            Map.entry("IngressClass", new Known("networking.k8s.io/v1", IngressClass.class, true)),
            Map.entry("Service", new Known("v1", Service.class, false)),
            Map.entry("ConfigMap", new Known("v1", ConfigMap.class, false)),
            Map.entry("Secret", new Known("v1", Secret.class, false)),
            Map.entry("Namespace", new Known("v1", Namespace.class, true)),
            Map.entry("ProxyRoute", new Known("gatehouse.dev/v1alpha1", ProxyRoute.class, false)),
            Map.entry("ProxyFleet", new Known("gatehouse.dev/v1alpha1", ProxyFleet.class, false)),
            Map.entry("ProxyPolicy", new Known("gatehouse.dev/v1alpha1", ProxyPolicy.class, false)),
            Map.entry("HostGrant", new Known("gatehouse.dev/v1alpha1", HostGrant.class, true)),
            Map.entry("ReferenceGrant", new Known("gateway.networking.k8s.io/v1beta1", ReferenceGrant.class, false)),
            Map.entry("EndpointSlice", new Known("discovery.k8s.io/v1", EndpointSlice.class, false))));

    private KnownKinds() {}

    static Optional<Known> find(String kind) {
        return Optional.ofNullable(KINDS.get(kind));
    }

    static Collection<String> names() {
        return KINDS.keySet();
    }
}

package dev.gatehouse.controller.model;

import dev.gatehouse.crds.HostGrant;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns API objects into models. Stateless; any thread. Nothing of the object is kept. */
public final class ModelParser {

    private static final String UTC_SECOND = "2026-01-02T03:04:05Z";

    private ModelParser() {}

    /**
     * Parses one object. Bad content is no reason to throw: the model carries findings, or is an {@link UnreadableModel}.
     *
     * @throws IllegalArgumentException if the object's kind is none of {@link Kind}: a mistake of the caller
     */
    public static ResourceModel parse(HasMetadata object) {
        Kind kind = kindOf(object);
        Meta meta = meta(kind, object.getMetadata());
        try {
            return switch (object) {
                case Ingress ingress -> IngressParser.parse(meta, ingress);
                case IngressClass ingressClass -> IngressClassParser.parse(meta, ingressClass);
                case Service service -> ServiceParser.parse(meta, service);
                case EndpointSlice slice -> EndpointSliceParser.parse(meta, slice);
                case ProxyRoute route -> ProxyRouteParser.parse(meta, route);
                case ProxyFleet fleet -> ProxyFleetParser.parse(meta, fleet);
                case ProxyPolicy policy -> ProxyPolicyParser.parse(meta, policy);
                case HostGrant grant -> HostGrantParser.parse(meta, grant);
                case ReferenceGrant grant -> ReferenceGrantParser.parse(meta, grant);
                case Secret secret -> SecretParser.parse(meta, secret);
                case ConfigMap config ->
                    new ConfigMapModel(
                            meta, authorities(config), StatusConfigMap.read(config), RollbackConfigMap.read(config));
                case Namespace namespace -> new NamespaceModel(meta, labels(namespace));
                default -> throw new IllegalStateException("kindOf knows " + kind);
            };
        } catch (NullPointerException | ClassCastException e) {
            // A list with a null entry, for example: the API server would have refused it, a folder or an old object
            // may have it.
            return unreadable(meta, "spec", "has an empty entry where one is required");
        }
    }

    /** A Secret of which only the metadata was seen. */
    public static SecretModel unreadSecret(ObjectMeta metadata) {
        return SecretModel.unread(meta(Kind.SECRET, metadata), false);
    }

    /** A version that cannot be understood as a whole; for sources that cannot even build the object. */
    public static UnreadableModel unreadable(Meta meta, String field, String message) {
        return new UnreadableModel(meta, List.of(Finding.error(Reasons.UNREADABLE, field, message)));
    }

    private static Kind kindOf(HasMetadata object) {
        return switch (object) {
            case Ingress i -> Kind.INGRESS;
            case IngressClass c -> Kind.INGRESS_CLASS;
            case Service s -> Kind.SERVICE;
            case EndpointSlice e -> Kind.ENDPOINT_SLICE;
            case Secret s -> Kind.SECRET;
            case ConfigMap c -> Kind.CONFIG_MAP;
            case Namespace n -> Kind.NAMESPACE;
            case ProxyRoute r -> Kind.PROXY_ROUTE;
            case ProxyFleet f -> Kind.PROXY_FLEET;
            case ProxyPolicy p -> Kind.PROXY_POLICY;
            case HostGrant g -> Kind.HOST_GRANT;
            case ReferenceGrant g -> Kind.REFERENCE_GRANT;
            default -> throw new IllegalArgumentException("objects of kind " + object.getKind() + " are not compiled");
        };
    }

    private static Meta meta(Kind kind, ObjectMeta meta) {
        boolean clusterScoped = kind == Kind.INGRESS_CLASS || kind == Kind.NAMESPACE || kind == Kind.HOST_GRANT;
        String namespace = clusterScoped || meta.getNamespace() == null ? "" : meta.getNamespace();
        ObjectKey key = new ObjectKey(kind, namespace, meta.getName());
        String uid = meta.getUid() == null ? "" : meta.getUid();
        long generation = meta.getGeneration() == null ? 0 : meta.getGeneration();
        return new Meta(key, uid, generation, created(meta.getCreationTimestamp()));
    }

    /** In UTC, to the second (RFC 3339): the API server writes it so, and java.time's own parser takes longer than all the rest. */
    private static Instant created(String timestamp) {
        if (timestamp == null) {
            return Instant.EPOCH;
        }
        try {
            return timestamp.length() == UTC_SECOND.length() && timestamp.endsWith("Z")
                    ? LocalDateTime.of(
                                    number(timestamp, 0, 4),
                                    number(timestamp, 5, 7),
                                    number(timestamp, 8, 10),
                                    number(timestamp, 11, 13),
                                    number(timestamp, 14, 16),
                                    number(timestamp, 17, 19))
                            .toInstant(ZoneOffset.UTC)
                    : Instant.parse(timestamp);
        } catch (DateTimeException | NumberFormatException e) {
            return Instant.EPOCH;
        }
    }

    private static int number(String text, int from, int to) {
        return Integer.parseInt(text, from, to, 10);
    }

    private static Authorities authorities(ConfigMap config) {
        Map<String, String> data = config.getData();
        return data == null
                ? Authorities.read("", "")
                : Authorities.read(
                        data.getOrDefault(Authorities.KEY, ""), data.getOrDefault(Authorities.REVOCATIONS, ""));
    }

    /** A copy, in order. */
    static Map<String, String> labels(HasMetadata object) {
        Map<String, String> labels = object.getMetadata().getLabels();
        return labels == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}

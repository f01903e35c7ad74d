package dev.gatehouse.controller.model;

import java.util.Comparator;

/**
 * Names one object of the cluster.
 *
 * @param kind its kind
 * @param namespace its namespace; empty for kinds of the cluster's scope
 * @param name its name
 */
public record ObjectKey(Kind kind, String namespace, String name) implements Comparable<ObjectKey> {

    private static final Comparator<ObjectKey> ORDER = Comparator.comparing(ObjectKey::namespace)
            .thenComparing(ObjectKey::name)
            .thenComparing(ObjectKey::kind);

    /** A Service. */
    public static ObjectKey service(String namespace, String name) {
        return new ObjectKey(Kind.SERVICE, namespace, name);
    }

    /** A Secret. */
    public static ObjectKey secret(String namespace, String name) {
        return new ObjectKey(Kind.SECRET, namespace, name);
    }

    /** A ConfigMap. */
    public static ObjectKey configMap(String namespace, String name) {
        return new ObjectKey(Kind.CONFIG_MAP, namespace, name);
    }

    /** A ProxyPolicy. */
    public static ObjectKey proxyPolicy(String namespace, String name) {
        return new ObjectKey(Kind.PROXY_POLICY, namespace, name);
    }

    /** What is looked at when the ReferenceGrants of a namespace are. */
    public static ObjectKey referenceGrants(String namespace) {
        return new ObjectKey(Kind.REFERENCE_GRANT, namespace, "");
    }

    /** An IngressClass. */
    public static ObjectKey ingressClass(String name) {
        return new ObjectKey(Kind.INGRESS_CLASS, "", name);
    }

    /** {@code namespace/name}, or the name alone. */
    public String path() {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }

    /** By namespace, then name, then kind. */
    @Override
    public int compareTo(ObjectKey other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return kind.text() + " " + path();
    }
}

package dev.gatehouse.controller.model;

import java.util.Comparator;

/** Names a fleet of data planes: the namespace and name of its ProxyFleet. */
public record FleetKey(String namespace, String name) implements Comparable<FleetKey> {

    private static final Comparator<FleetKey> ORDER =
            Comparator.comparing(FleetKey::namespace).thenComparing(FleetKey::name);

    /**
     * Reads {@code namespace/name}.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static FleetKey parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1 || text.indexOf('/', slash + 1) >= 0) {
            throw new IllegalArgumentException("a fleet is written namespace/name, not '" + text + "'");
        }
        return new FleetKey(text.substring(0, slash), text.substring(slash + 1));
    }

    /** The object that describes it. */
    public ObjectKey object() {
        return new ObjectKey(Kind.PROXY_FLEET, namespace, name);
    }

    @Override
    public int compareTo(FleetKey other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}

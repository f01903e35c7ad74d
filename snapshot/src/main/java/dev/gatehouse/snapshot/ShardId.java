package dev.gatehouse.snapshot;

/**
 * Names one shard: {@code global}, {@code listener/https}, {@code host/shop.example.com}, {@code
 * endpoints/shop/api/8080}. Stable over all versions of the shard.
 *
 * <p>Ids are ordered by what stands before their first slash, then by what stands behind it. So every version of the program has
 * the same order, and computes the same root, whichever kinds it knows.
 *
 * @param kind what it holds
 * @param name what stands behind the first slash; empty for {@link ShardKind#GLOBAL} only; all of the id for
 *     {@link ShardKind#UNKNOWN}
 */
public record ShardId(ShardKind kind, String name) implements Comparable<ShardId> {

    /** The one shard without a name. */
    public static final ShardId GLOBAL = new ShardId(ShardKind.GLOBAL, "");

    public ShardId {
        if ((kind == ShardKind.GLOBAL) != name.isEmpty()) {
            throw new IllegalArgumentException("the global shard alone has no name: " + kind + " '" + name + "'");
        }
    }

    public static ShardId listener(String name) {
        return new ShardId(ShardKind.LISTENER, name);
    }

    /** @param host exact lower-case host, {@code *.suffix} or {@code *} */
    public static ShardId host(String host) {
        return new ShardId(ShardKind.HOST, host);
    }

    /** @param port the Service port's number */
    public static ShardId upstream(String namespace, String service, int port) {
        return new ShardId(ShardKind.UPSTREAM, namespace + "/" + service + "/" + port);
    }

    /** @param port the Service port's number */
    public static ShardId endpoints(String namespace, String service, int port) {
        return new ShardId(ShardKind.ENDPOINTS, namespace + "/" + service + "/" + port);
    }

    public static ShardId certificate(String namespace, String secret) {
        return new ShardId(ShardKind.CERTIFICATE, namespace + "/" + secret);
    }

    /** What the issuer of a certificate says of it. */
    public static ShardId staple(String namespace, String secret) {
        return new ShardId(ShardKind.STAPLE, namespace + "/" + secret);
    }

    /** @param listener name of a listener with TLS */
    public static ShardId tickets(String listener) {
        return new ShardId(ShardKind.TICKETS, listener);
    }

    /**
     * Reads the form that {@link #toString()} writes. A kind that this version does not know is {@link ShardKind#UNKNOWN}.
     *
     * @throws IllegalArgumentException if the name is missing
     */
    public static ShardId parse(String id) {
        int slash = id.indexOf('/');
        String prefix = slash < 0 ? id : id.substring(0, slash);
        for (ShardKind kind : ShardKind.values()) {
            if (kind != ShardKind.UNKNOWN && kind.prefix().equals(prefix)) {
                return new ShardId(kind, slash < 0 ? "" : id.substring(slash + 1));
            }
        }
        return new ShardId(ShardKind.UNKNOWN, id);
    }

    /** What stands before the first slash. */
    String prefix() {
        if (kind != ShardKind.UNKNOWN) {
            return kind.prefix();
        }
        int slash = name.indexOf('/');
        return slash < 0 ? name : name.substring(0, slash);
    }

    /** What stands behind the first slash; empty if there is none. */
    String rest() {
        return kind == ShardKind.UNKNOWN ? name.substring(Math.min(name.length(), prefix().length() + 1)) : name;
    }

    @Override
    public int compareTo(ShardId other) {
        if (kind == other.kind && kind != ShardKind.UNKNOWN) {
            return name.compareTo(other.name);
        }
        int byPrefix = prefix().compareTo(other.prefix());
        return byPrefix != 0 ? byPrefix : rest().compareTo(other.rest());
    }

    @Override
    public String toString() {
        return name.isEmpty() || kind == ShardKind.UNKNOWN ? kind.prefix() + name : kind.prefix() + "/" + name;
    }
}

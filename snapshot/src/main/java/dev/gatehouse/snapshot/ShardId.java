package dev.gatehouse.snapshot;

/**
 * Names one shard: {@code global}, {@code listener/https}, {@code host/shop.example.com}, {@code
 * endpoints/shop/api/8080}. Stable over all versions of the shard.
 *
 * @param kind what it holds
 * @param name what stands behind the first slash; empty for {@link ShardKind#GLOBAL} only
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
     * Reads the form that {@link #toString()} writes.
     *
     * @throws IllegalArgumentException if the kind is unknown or the name is missing
     */
    public static ShardId parse(String id) {
        int slash = id.indexOf('/');
        String prefix = slash < 0 ? id : id.substring(0, slash);
        for (ShardKind kind : ShardKind.values()) {
            if (kind.prefix().equals(prefix)) {
                return new ShardId(kind, slash < 0 ? "" : id.substring(slash + 1));
            }
        }
        throw new IllegalArgumentException("unknown kind of shard in id '" + id + "'");
    }

    @Override
    public int compareTo(ShardId other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name.isEmpty() ? kind.prefix() : kind.prefix() + "/" + name;
    }
}

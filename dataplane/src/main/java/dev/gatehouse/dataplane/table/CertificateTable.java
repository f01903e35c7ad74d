package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.ByteIndex;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which certificates a server name may choose among. Immutable; its identity changes only when a certificate or the name
 * of one did, so that a listener knows when there is nothing to do.
 *
 * @param names exact hosts, {@code *.suffix} and {@code *} as they stand in the hosts' shards, with the certificates of each
 * @param fallback of the fleet, for names nobody has; empty: the node's own self-signed one
 */
public record CertificateTable(ByteIndex<List<ServerCertificate>> names, List<ServerCertificate> fallback) {

    public static final CertificateTable EMPTY = new CertificateTable(ByteIndex.empty(), List.of());

    /**
     * Exact name, else the wildcard one label up (RFC 6125, 6.4.3), else those of the host {@code *}, else the fallback. May
     * be empty.
     *
     * @param serverName as sent in SNI (RFC 6066, 3), in any case; empty if none was
     */
    public List<ServerCertificate> choose(String serverName) {
        return found(serverName).orElse(fallback);
    }

    private Optional<List<ServerCertificate>> found(String serverName) {
        String name = serverName.toLowerCase(Locale.ROOT);
        Optional<List<ServerCertificate>> found = names.get(name);
        int dot = name.indexOf('.');
        if (found.isEmpty() && dot > 0) {
            found = names.get("*" + name.substring(dot));
        }
        return found.or(() -> names.get("*"));
    }

    /** Whether there is a certificate for the name itself, not only the fallback. */
    boolean hasName(String serverName) {
        return found(serverName).isPresent();
    }

    /** Every certificate once, in order of id. */
    public Collection<ServerCertificate> all() {
        TreeMap<String, ServerCertificate> all = new TreeMap<>();
        names.forEach(some -> some.forEach(one -> all.put(one.id().name(), one)));
        fallback.forEach(one -> all.put(one.id().name(), one));
        return all.values();
    }
}

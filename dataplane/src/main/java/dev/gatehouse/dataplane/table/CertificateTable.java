package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.ByteIndex;
import java.util.List;
import java.util.Locale;

/**
 * Which certificates a server name may choose among. Immutable; its identity changes only when a certificate or the name
 * of one did, so that a listener knows when there is nothing to do.
 *
 * @param names exact hosts and {@code *.suffix} as they stand in the hosts' shards, with the certificates of each
 * @param fallback of the fleet, for names nobody has; empty: the node's own self-signed one
 */
public record CertificateTable(ByteIndex<List<ServerCertificate>> names, List<ServerCertificate> fallback) {

    public static final CertificateTable EMPTY = new CertificateTable(ByteIndex.empty(), List.of());

    /**
     * Exact name, else the wildcard one label up (RFC 6125 6.4.3), else those of hosts without a name, else the fallback.
     * May be empty.
     *
     * @param serverName as sent in SNI; empty if none was
     */
    public List<ServerCertificate> choose(String serverName) {
        String name = serverName.toLowerCase(Locale.ROOT);
        var exact = names.get(name);
        if (exact.isPresent()) {
            return exact.get();
        }
        int dot = name.indexOf('.');
        if (dot > 0) {
            var wildcard = names.get("*" + name.substring(dot));
            if (wildcard.isPresent()) {
                return wildcard.get();
            }
        }
        return names.get("*").orElse(fallback);
    }
}

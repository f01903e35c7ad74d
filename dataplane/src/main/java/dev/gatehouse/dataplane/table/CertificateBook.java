package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.ShardId;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Knows which host may choose among which certificates, and makes the next certificate table of what changed. Used by the
 * thread that builds tables.
 */
final class CertificateBook {

    private final Map<ShardId, ServerCertificate> loaded = new HashMap<>();
    private final Map<String, List<ShardId>> ofHost = new HashMap<>();
    private final Map<ShardId, Set<String>> hostsOf = new HashMap<>();
    private final Set<ShardId> gone = new HashSet<>();
    private Optional<ShardId> fallback = Optional.empty();

    /** The certificate table after a change: the last one, if no certificate and no name of one changed. */
    CertificateTable next(CertificateTable last, Map<ShardId, StagedShard> staged, Collection<ShardId> removed) {
        Set<String> names = new HashSet<>();
        boolean fallbackChanged = false;
        for (ShardId id : removed) {
            switch (id.kind()) {
                case HOST -> relink(id.name(), List.of(), names);
                case GLOBAL -> {
                    fallbackChanged |= fallback.isPresent();
                    fallback = Optional.empty();
                }
                case CERTIFICATE -> gone.add(id);
                case LISTENER, UPSTREAM, ENDPOINTS, TICKETS, STAPLE, UNKNOWN -> {}
            }
        }
        for (Map.Entry<ShardId, StagedShard> entry : staged.entrySet()) {
            switch (entry.getValue()) {
                case StagedShard.OfHost host -> relink(entry.getKey().name(), host.certificates(), names);
                case StagedShard.OfGlobal global -> {
                    fallbackChanged |= !fallback.equals(global.defaultCertificate());
                    fallback = global.defaultCertificate();
                }
                case StagedShard.OfCertificate(ServerCertificate certificate) -> {
                    gone.remove(entry.getKey());
                    if (certificate.equals(loaded.get(entry.getKey()))) {
                        continue; // sent again: what was made of it stays good
                    }
                    loaded.put(entry.getKey(), certificate);
                    names.addAll(hostsOf.getOrDefault(entry.getKey(), Set.of()));
                    fallbackChanged |= fallback.equals(Optional.of(entry.getKey()));
                }
                case StagedShard.OfListener listener -> {}
                case StagedShard.OfUpstream upstream -> {}
                case StagedShard.OfEndpoints endpoints -> {}
                case StagedShard.OfTickets tickets -> {}
                case StagedShard.OfStaple staple -> {}
            }
        }
        unload();
        if (names.isEmpty() && !fallbackChanged) {
            return last;
        }
        Map<String, Optional<List<ServerCertificate>>> changes = new HashMap<>();
        for (String name : names) {
            List<ServerCertificate> chosen = certificates(ofHost.getOrDefault(name, List.of()));
            changes.put(name, chosen.isEmpty() ? Optional.empty() : Optional.of(chosen));
        }
        return new CertificateTable(
                last.names().with(changes), certificates(fallback.stream().toList()));
    }

    private void relink(String host, List<ShardId> certificates, Set<String> changedNames) {
        List<ShardId> before = ofHost.getOrDefault(host, List.of());
        if (before.equals(certificates)) {
            return;
        }
        changedNames.add(host);
        for (ShardId id : before) {
            hostsOf.computeIfPresent(id, (key, hosts) -> hosts.remove(host) && hosts.isEmpty() ? null : hosts);
        }
        for (ShardId id : certificates) {
            hostsOf.computeIfAbsent(id, key -> new HashSet<>(2)).add(host);
        }
        if (certificates.isEmpty()) {
            ofHost.remove(host);
        } else {
            ofHost.put(host, certificates);
        }
    }

    /** One that is still named stays: its host's newer version was refused, and the last good one needs it. */
    private void unload() {
        gone.removeIf(id -> {
            boolean unused = !hostsOf.containsKey(id) && !fallback.equals(Optional.of(id));
            if (unused) {
                loaded.remove(id);
            }
            return unused;
        });
    }

    private List<ServerCertificate> certificates(List<ShardId> ids) {
        return ids.stream()
                .flatMap(id -> Optional.ofNullable(loaded.get(id)).stream())
                .toList();
    }
}

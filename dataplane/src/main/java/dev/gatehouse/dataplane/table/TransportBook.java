package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.table.StagedShard.Way;
import dev.gatehouse.snapshot.ShardId;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes transports of what upstreams ask for, with one TLS client for each distinct setting: upstreams that ask for the same
 * share it, and what did not change keeps it. Used by the thread that builds tables.
 */
final class TransportBook {

    private final Function<TlsSettings, TlsClient> securing;
    private final Map<TlsSettings, TlsClient> clients = new HashMap<>();

    /** A set of authorities may be large, and many upstreams name the same. */
    private final Map<Set<X509Certificate>, Set<X509Certificate>> authorities = new HashMap<>();

    /** @param securing makes the TLS client of a setting */
    TransportBook(Function<TlsSettings, TlsClient> securing) {
        this.securing = securing;
    }

    /** The same way, whose authorities are one object for all upstreams that trust the same. */
    Way sharing(Way way) {
        return way.tls()
                .map(tls -> way.with(tls.trusting(authorities.computeIfAbsent(tls.trusted(), same -> same))))
                .orElse(way);
    }

    /**
     * The transport of an upstream; empty if its client certificate is not there, without which it must not be dialled.
     *
     * @param certificates finds the certificate of a shard
     */
    Optional<Transport> of(Way way, Function<ShardId, Optional<ServerCertificate>> certificates) {
        if (way.tls().isEmpty()) {
            return Optional.of(new Transport(way.protocol(), way.proxyHeader(), Optional.empty()));
        }
        Optional<TlsSettings> settings = way.tls();
        if (way.clientCertificate().isPresent()) {
            Optional<TlsSettings.Identity> identity = certificates
                    .apply(way.clientCertificate().get())
                    .map(certificate -> new TlsSettings.Identity(certificate.chain(), certificate.key()));
            settings = settings.flatMap(without -> identity.map(without::with));
        }
        return settings.map(one ->
                new Transport(way.protocol(), way.proxyHeader(), Optional.of(clients.computeIfAbsent(one, securing))));
    }

    /** Forgets the TLS clients that no transport has any more. */
    void retain(Collection<Transport> used) {
        if (!clients.isEmpty()) {
            Set<TlsClient> needed = new HashSet<>();
            used.forEach(transport -> transport.tls().ifPresent(needed::add));
            clients.values().retainAll(needed);
        }
        if (!authorities.isEmpty()) {
            authorities
                    .keySet()
                    .retainAll(clients.keySet().stream()
                            .map(TlsSettings::trusted)
                            .collect(Collectors.toUnmodifiableSet()));
        }
    }
}

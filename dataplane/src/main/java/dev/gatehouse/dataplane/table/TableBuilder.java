package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Builds the next routing table from the last one and what changed, at a cost of what changed. Everything is decoded
 * before anything takes effect; a shard that cannot be used is refused alone and its last good version stays.
 *
 * <p>Endpoints take effect in this order: those of upstreams that are new or changed before the table that routes to them
 * is swapped in, so that a route is never visible before its endpoints. Used by one thread at a time.
 */
public final class TableBuilder {

    private final Tables tables;
    private final UpstreamRegistry upstreams = new UpstreamRegistry();
    private final Map<ShardId, ServerCertificate> certificates = new HashMap<>();
    private final Map<ShardId, Set<String>> certificateUsers = new HashMap<>();

    public TableBuilder(Tables tables) {
        this.tables = tables;
    }

    /**
     * Puts a change in force.
     *
     * @return the shards that were refused; the table in force holds the snapshot without them
     */
    public List<Refused> apply(Collection<Shard> updates, Collection<ShardId> removed) {
        RoutingTable last = tables.current();
        List<Refused> refused = new ArrayList<>();
        Map<ShardId, Decoded> decoded = new HashMap<>();
        for (Shard shard : updates) {
            try {
                decoded.put(shard.id(), decode(shard));
            } catch (CorruptShardException | GeneralSecurityException | RuntimeException e) {
                refused.add(new Refused(shard.id(), shard.digest(), shard.id() + ": " + reason(e)));
            }
        }
        List<Shard> accepted = updates.stream()
                .filter(shard -> decoded.containsKey(shard.id()))
                .toList();
        Snapshot snapshot = last.snapshot().with(accepted, removed);

        applyUpstreams(last.snapshot(), snapshot, decoded, removed, refused);
        tables.swap(nextTable(last, snapshot, decoded, removed));
        return List.copyOf(refused);
    }

    /** A body that is known to be usable. */
    private record Decoded(Shard shard, ShardBody body, Optional<ServerCertificate> certificate) {}

    private Decoded decode(Shard shard) throws CorruptShardException, GeneralSecurityException {
        ShardBody body = shard.body();
        RuleCompiler probe = new RuleCompiler(dev.gatehouse.dataplane.balance.Upstream::new);
        switch (shard.id().kind()) {
            case HOST -> probe.host(body.getHost());
            case GLOBAL -> probe.rule(body.getGlobal().getDefaultRule());
            case LISTENER -> ListenerSettings.of(shard.id().name(), body.getListener());
            case ENDPOINTS ->
                UpstreamRegistry.members(
                        Snapshot.of(List.of(shard)),
                        dev.gatehouse.snapshot.proto.Upstream.newBuilder()
                                .setEndpoints(shard.id().toString())
                                .build());
            case UPSTREAM -> {
                if (!body.getUpstream().hasExternal()) {
                    ShardId.parse(body.getUpstream().getEndpoints());
                }
            }
            case CERTIFICATE -> {
                return new Decoded(shard, body, Optional.of(ServerCertificate.of(shard)));
            }
        }
        return new Decoded(shard, body, Optional.empty());
    }

    private static String reason(Exception e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getSimpleName());
    }

    private void applyUpstreams(
            Snapshot before,
            Snapshot after,
            Map<ShardId, Decoded> decoded,
            Collection<ShardId> removed,
            List<Refused> refused) {
        Set<String> touched = new HashSet<>();
        for (ShardId id : union(decoded.keySet(), removed)) {
            if (id.kind() == ShardKind.UPSTREAM) {
                endpointsOf(before, id).ifPresent(endpoints -> upstreams.link(id.toString(), endpoints, false));
                endpointsOf(after, id).ifPresent(endpoints -> upstreams.link(id.toString(), endpoints, true));
                touched.add(id.toString());
            }
        }
        for (ShardId id : union(decoded.keySet(), removed)) {
            if (id.kind() == ShardKind.ENDPOINTS) {
                touched.addAll(upstreams.usersOf(id));
            }
        }
        for (String id : touched) {
            try {
                Optional<Shard> shard = after.get(ShardId.parse(id));
                var members = shard.isEmpty()
                        ? new UpstreamRegistry.Members(List.of(), List.of())
                        : UpstreamRegistry.members(after, shard.get().body().getUpstream());
                upstreams.get(id).replace(members.ready(), members.terminating());
            } catch (CorruptShardException e) {
                after.get(ShardId.parse(id))
                        .ifPresent(shard -> refused.add(new Refused(shard.id(), shard.digest(), reason(e))));
            }
        }
    }

    private static Optional<ShardId> endpointsOf(Snapshot snapshot, ShardId upstream) {
        try {
            Optional<Shard> shard = snapshot.get(upstream);
            String endpoints =
                    shard.isEmpty() ? "" : shard.get().body().getUpstream().getEndpoints();
            return endpoints.isEmpty() ? Optional.empty() : Optional.of(ShardId.parse(endpoints));
        } catch (CorruptShardException e) {
            return Optional.empty();
        }
    }

    private RoutingTable nextTable(
            RoutingTable last, Snapshot snapshot, Map<ShardId, Decoded> decoded, Collection<ShardId> removed) {
        RuleCompiler compiler = new RuleCompiler(upstreams::get);
        Map<String, Optional<CompiledHost>> hosts = new HashMap<>();
        Map<String, Optional<CompiledHost>> wildcards = new HashMap<>();
        Optional<CompiledHost> anyHost = last.anyHost();
        Map<String, ListenerSettings> listeners = last.listeners();
        Optional<CompiledRule> defaultRule = last.defaultRule();
        for (ShardId id : union(decoded.keySet(), removed)) {
            Optional<ShardBody> body = Optional.ofNullable(decoded.get(id)).map(Decoded::body);
            switch (id.kind()) {
                case HOST -> {
                    Optional<CompiledHost> host = compile(compiler, last.snapshot(), id, body);
                    if (id.name().equals("*")) {
                        anyHost = host;
                    } else if (id.name().startsWith("*.")) {
                        wildcards.put(id.name().substring(1), host);
                    } else {
                        hosts.put(id.name(), host);
                    }
                }
                case GLOBAL ->
                    defaultRule = body.map(ShardBody::getGlobal)
                            .filter(global -> global.hasDefaultRule())
                            .map(global -> compiler.rule(global.getDefaultRule()));
                case LISTENER -> {
                    Map<String, ListenerSettings> next = new HashMap<>(listeners);
                    next.remove(id.name());
                    body.ifPresent(shard -> next.put(id.name(), ListenerSettings.of(id.name(), shard.getListener())));
                    listeners = Map.copyOf(next);
                }
                case UPSTREAM, ENDPOINTS, CERTIFICATE -> {}
            }
        }
        return new RoutingTable(
                snapshot,
                last.hosts().with(hosts),
                last.wildcards().with(wildcards),
                anyHost,
                defaultRule,
                listeners,
                certificates(last, snapshot, decoded, removed));
    }

    private Optional<CompiledHost> compile(
            RuleCompiler compiler, Snapshot before, ShardId id, Optional<ShardBody> body) {
        List<String> released = hostOf(before, id).map(RuleCompiler::upstreams).orElse(List.of());
        Optional<CompiledHost> compiled = body.map(shard -> {
            upstreams.acquire(RuleCompiler.upstreams(shard.getHost()));
            return compiler.host(shard.getHost());
        });
        upstreams.release(released);
        return compiled;
    }

    private static Optional<Host> hostOf(Snapshot snapshot, ShardId id) {
        try {
            Optional<Shard> shard = snapshot.get(id);
            return shard.isEmpty()
                    ? Optional.empty()
                    : Optional.of(shard.get().body().getHost());
        } catch (CorruptShardException e) {
            return Optional.empty();
        }
    }

    private CertificateTable certificates(
            RoutingTable last, Snapshot snapshot, Map<ShardId, Decoded> decoded, Collection<ShardId> removed) {
        Set<String> names = new HashSet<>();
        boolean fallback = false;
        for (ShardId id : union(decoded.keySet(), removed)) {
            Optional<Decoded> now = Optional.ofNullable(decoded.get(id));
            switch (id.kind()) {
                case CERTIFICATE -> {
                    certificates.remove(id);
                    now.flatMap(Decoded::certificate).ifPresent(certificate -> certificates.put(id, certificate));
                    names.addAll(certificateUsers.getOrDefault(id, Set.of()));
                    fallback = true;
                }
                case HOST -> {
                    if (relink(last.snapshot(), id, now)) {
                        names.add(id.name());
                    }
                }
                case GLOBAL -> fallback = true;
                case LISTENER, UPSTREAM, ENDPOINTS -> {}
            }
        }
        if (names.isEmpty() && !fallback) {
            return last.certificates();
        }
        Map<String, Optional<List<ServerCertificate>>> changes = new HashMap<>();
        for (String name : names) {
            List<ServerCertificate> chosen = hostOf(snapshot, ShardId.host(name))
                    .map(host -> loaded(host.getCertificatesList()))
                    .orElse(List.of());
            changes.put(name, chosen.isEmpty() ? Optional.empty() : Optional.of(chosen));
        }
        return new CertificateTable(last.certificates().names().with(changes), fallback(snapshot));
    }

    /** Keeps the record of which host uses which certificate; says whether a host's certificates are others than before. */
    private boolean relink(Snapshot before, ShardId host, Optional<Decoded> now) {
        List<String> old = hostOf(before, host)
                .map(h -> List.copyOf(h.getCertificatesList()))
                .orElse(List.of());
        List<String> next = now.map(d -> List.copyOf(d.body().getHost().getCertificatesList()))
                .orElse(List.of());
        if (old.equals(next)) {
            return false;
        }
        old.forEach(id -> certificateUsers
                .getOrDefault(ShardId.parse(id), new HashSet<>())
                .remove(host.name()));
        next.forEach(id -> certificateUsers
                .computeIfAbsent(ShardId.parse(id), key -> new HashSet<>())
                .add(host.name()));
        return true;
    }

    private List<ServerCertificate> loaded(List<String> ids) {
        return ids.stream()
                .flatMap(id -> Optional.ofNullable(certificates.get(ShardId.parse(id))).stream())
                .toList();
    }

    private List<ServerCertificate> fallback(Snapshot snapshot) {
        try {
            Optional<Shard> global = snapshot.get(ShardId.GLOBAL);
            String id = global.isEmpty() ? "" : global.get().body().getGlobal().getDefaultCertificate();
            return id.isEmpty() ? List.of() : loaded(List.of(id));
        } catch (CorruptShardException e) {
            return List.of();
        }
    }

    private static Set<ShardId> union(Collection<ShardId> updated, Collection<ShardId> removed) {
        Set<ShardId> all = new HashSet<>(updated);
        all.addAll(removed);
        return all;
    }
}

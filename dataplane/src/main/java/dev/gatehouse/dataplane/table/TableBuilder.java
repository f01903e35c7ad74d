package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.Member;
import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.table.StagedShard.Members;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Builds the next routing table from the one in force and what changed, at a cost of what changed. First everything is
 * decoded, and a shard that cannot be used is refused alone; then the rest takes effect as a whole. Used by one thread at a
 * time.
 *
 * <p>Endpoints are given to their upstreams before the table is swapped, so that a route is never visible before its
 * endpoints; only an upstream that loses all of them loses them after the swap, so that no request of the table before it
 * is answered 503 for a change that took its route elsewhere (docs/decisions/0010).
 */
public final class TableBuilder {

    private final Tables tables;
    private final InstantSource clock;
    private final UpstreamRegistry upstreams;
    private final RuleCompiler rules;
    private final CertificateBook certificates = new CertificateBook();
    private final TransportBook transports;

    /** As below, with the system's clock, of a node that does not know where it is. */
    public TableBuilder(Tables tables, Function<TlsSettings, TlsClient> securing) {
        this(tables, securing, InstantSource.system(), "");
    }

    /**
     * One for a data plane.
     *
     * @param securing makes what begins TLS with backends; called once for each distinct setting
     * @param clock says since when a certificate is loaded
     * @param zone of the node; empty: not known
     */
    public TableBuilder(Tables tables, Function<TlsSettings, TlsClient> securing, InstantSource clock, String zone) {
        this.upstreams = new UpstreamRegistry(zone, tables.upstreams());
        this.rules = new RuleCompiler(upstreams::get);
        this.tables = tables;
        this.clock = clock;
        this.transports = new TransportBook(securing);
    }

    /** What of a change can be used. */
    public static final class Staging {

        private final Map<ShardId, StagedShard> usable = new LinkedHashMap<>();
        private final List<Shard> accepted = new ArrayList<>();
        private final List<Refused> refused = new ArrayList<>();

        private Staging() {}

        /** Shards that take effect with {@link TableBuilder#commit}. */
        public List<Shard> accepted() {
            return accepted;
        }

        /** Shards whose version in force stays. */
        public List<Refused> refused() {
            return refused;
        }
    }

    /** Decodes and checks; nothing takes effect. Must be followed by {@link #commit}. */
    public Staging stage(Collection<Shard> updates) {
        Staging staging = new Staging();
        Instant now = clock.instant();
        for (Shard shard : updates) {
            try {
                staging.usable.put(shard.id(), StagedShard.of(shard, rules, now));
                staging.accepted.add(shard);
            } catch (CorruptShardException | GeneralSecurityException | RuntimeException e) {
                // Whatever is wrong with one shard, the others must not suffer for it.
                String reason = shard.id() + ": " + Objects.requireNonNullElse(e.getMessage(), e.toString());
                staging.refused.add(new Refused(shard.id(), shard.digest(), reason));
            }
        }
        return staging;
    }

    /**
     * Puts a change in force.
     *
     * @param snapshot after the change, without what was refused
     */
    public void commit(Staging staging, Collection<ShardId> removed, Snapshot snapshot) {
        RoutingTable last = tables.current();
        List<ShardId> gone =
                removed.stream().filter(id -> !staging.usable.containsKey(id)).toList();
        Set<String> emptied = giveEndpoints(staging.usable, gone, snapshot);
        RoutingTable next = next(last, staging.usable, gone, snapshot);
        tables.swap(next);
        emptied.forEach(id -> upstreams.replace(id, Members.NOBODY));
        upstreams.sweep();
        if (upstreams.someTlsMayBeUnused()) {
            transports.retain(upstreams.transports());
        }
    }

    /** Returns the upstreams that are left without any endpoint, and still have those of before. */
    private Set<String> giveEndpoints(
            Map<ShardId, StagedShard> staged, Collection<ShardId> removed, Snapshot snapshot) {
        Set<String> touched = new TreeSet<>();
        Set<String> moved = new TreeSet<>();
        for (ShardId id : removed) {
            if (id.kind() == ShardKind.UPSTREAM) {
                upstreams.displace(id.toString());
            }
        }
        staged.forEach((id, shard) -> {
            if (shard instanceof StagedShard.OfUpstream upstream) {
                upstreams.place(id.toString(), upstream, transports.sharing(upstream.way()));
                touched.add(id.toString());
                moved.add(id.toString());
            }
        });
        Stream.concat(removed.stream(), staged.keySet().stream()).forEach(id -> {
            touched.addAll(upstreams.usersOf(id));
            if (id.kind() == ShardKind.CERTIFICATE) {
                moved.addAll(upstreams.usersOf(id));
            }
        });
        for (String id : moved) {
            upstreams.transport(id, transports.of(upstreams.wayOf(id), shard -> certificate(shard, staged, snapshot)));
        }
        Set<String> emptied = new TreeSet<>();
        for (String id : touched) {
            Members members = upstreams
                    .externalOf(id)
                    .map(address -> new Members(List.of(Member.of(address)), List.of()))
                    .or(() -> upstreams.endpointsOf(id).map(endpoints -> members(endpoints, staged, snapshot)))
                    .filter(found -> upstreams.canBeReached(id))
                    .orElse(Members.NOBODY);
            if (members.isEmpty()) {
                emptied.add(id);
            } else {
                upstreams.replace(id, members);
            }
        }
        return emptied;
    }

    private Members members(ShardId id, Map<ShardId, StagedShard> staged, Snapshot snapshot) {
        return current(id, staged, snapshot).orElse(null) instanceof StagedShard.OfEndpoints(Members members)
                ? members
                : Members.NOBODY;
    }

    private Optional<ServerCertificate> certificate(ShardId id, Map<ShardId, StagedShard> staged, Snapshot snapshot) {
        return current(id, staged, snapshot).orElse(null)
                        instanceof StagedShard.OfCertificate(ServerCertificate certificate)
                ? Optional.of(certificate)
                : Optional.empty();
    }

    /** A shard as it is after the change. */
    private Optional<StagedShard> current(ShardId id, Map<ShardId, StagedShard> staged, Snapshot snapshot) {
        StagedShard changed = staged.get(id);
        if (changed != null) {
            return Optional.of(changed);
        }
        try {
            Optional<Shard> shard = snapshot.get(id);
            return shard.isPresent()
                    ? Optional.of(StagedShard.of(shard.get(), rules, clock.instant()))
                    : Optional.empty();
        } catch (CorruptShardException | GeneralSecurityException e) {
            throw new IllegalStateException(id + " was usable when it was put in force", e);
        }
    }

    private RoutingTable next(
            RoutingTable last, Map<ShardId, StagedShard> staged, Collection<ShardId> removed, Snapshot snapshot) {
        RoutingTable.Changes changes = new RoutingTable.Changes(last);
        staged.forEach((id, shard) -> {
            switch (shard) {
                case StagedShard.OfHost(CompiledHost host, var chosen) -> {
                    RuleCompiler.upstreams(host, upstreams::acquire);
                    changes.host(id.name(), Optional.of(host)).ifPresent(this::release);
                }
                case StagedShard.OfGlobal(Optional<CompiledRule> rule, var certificate, SessionKeys keys) -> {
                    changes.sessionKeys(keys);
                    rule.ifPresent(one -> RuleCompiler.upstreams(one, upstreams::acquire));
                    changes.defaultRule(rule).ifPresent(this::release);
                }
                case StagedShard.OfListener(ListenerSettings settings) ->
                    changes.listener(id.name(), Optional.of(settings));
                case StagedShard.OfStaple(Staple staple) -> changes.staple(id.name(), Optional.of(staple));
                case StagedShard.OfTickets(TicketKeys keys) -> changes.tickets(id.name(), Optional.of(keys));
                case StagedShard.OfUpstream upstream -> {}
                case StagedShard.OfEndpoints endpoints -> {}
                case StagedShard.OfCertificate certificate -> {}
            }
        });
        for (ShardId id : removed) {
            switch (id.kind()) {
                case HOST -> changes.host(id.name(), Optional.empty()).ifPresent(this::release);
                case GLOBAL -> changes.defaultRule(Optional.empty()).ifPresent(this::release);
                case LISTENER -> changes.listener(id.name(), Optional.empty());
                case STAPLE -> changes.staple(id.name(), Optional.empty());
                case TICKETS -> changes.tickets(id.name(), Optional.empty());
                case UPSTREAM, ENDPOINTS, CERTIFICATE, UNKNOWN -> {}
            }
        }
        return changes.table(snapshot, certificates.next(last.certificates(), staged, removed));
    }

    private void release(CompiledHost host) {
        RuleCompiler.upstreams(host, upstreams::release);
    }

    private void release(CompiledRule rule) {
        RuleCompiler.upstreams(rule, upstreams::release);
    }

    /** Upstreams that are kept: those with a shard, and those that rules lead to. */
    int upstreams() {
        return upstreams.size();
    }
}

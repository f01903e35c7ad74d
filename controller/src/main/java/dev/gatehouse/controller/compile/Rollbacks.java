package dev.gatehouse.controller.compile;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.model.ConfigMapModel;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.Rollback;
import dev.gatehouse.controller.model.RollbackConfigMap;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What hosts serve instead of what their objects ask for. It is read from an object that every replica sees, so that all of them
 * serve the same, and those that start later, too (docs/decisions/0025).
 */
final class Rollbacks {

    private final Objects objects;
    private final SharedShards shared;
    private final String namespace;

    /** @param namespace whose ConfigMaps are believed */
    Rollbacks(Objects objects, SharedShards shared, String namespace) {
        this.objects = objects;
        this.shared = shared;
        this.namespace = namespace;
    }

    /** What an object says about a fleet; empty if it is no rollback, or nobody's to ask for. */
    Optional<Rollback> of(ResourceModel model) {
        return model instanceof ConfigMapModel config
                        && config.key().namespace().equals(namespace)
                ? config.rollback()
                : Optional.empty();
    }

    /** That of a fleet. */
    Optional<Rollback> of(FleetKey fleet) {
        return objects.get(ObjectKey.configMap(namespace, RollbackConfigMap.name(fleet)))
                .flatMap(this::of)
                .filter(rollback -> rollback.fleet().equals(fleet));
    }

    /** The hosts that look different because of it, or did. */
    static Set<String> concerned(Rollback rollback, Optional<FleetState> fleet) {
        Set<String> hosts = new HashSet<>();
        rollback.hosts().keySet().forEach(id -> hosts.add(id.name()));
        fleet.ifPresent(state -> hosts.addAll(state.hosts()));
        hosts.removeIf(host -> !rollback.covers(host));
        return hosts;
    }

    /** What a host serves, given what it was compiled to. */
    Unit instead(HostKey host, Unit compiled) {
        Optional<Rollback> rollback =
                host.isFleet() ? Optional.empty() : of(host.fleet()).filter(one -> one.covers(host.host()));
        if (rollback.isEmpty()) {
            return compiled;
        }
        List<Shard> shards = rollback.get().host(host.host()).map(List::of).orElse(List.of());
        if (shards.equals(compiled.shards())) {
            return compiled;
        }
        Set<Use> uses = new HashSet<>();
        for (Shard shard : shards) {
            uses.addAll(uses(body(shard)));
        }
        Set<ObjectKey> sources = new HashSet<>();
        uses.forEach(use -> sources.addAll(shared.sources(use)));
        return compiled.serving(shards, uses, sources).noting(object -> true, said(rollback.get(), host.host()));
    }

    private static Finding said(Rollback rollback, String host) {
        return Finding.warning(
                Reasons.ROLLED_BACK,
                "",
                "the host " + host + " is served as it was at " + rollback.shortRoot()
                        + " and not as it is written here, because the fleet " + rollback.fleet()
                        + " was rolled back; end that with: gatehouse rollback --release --fleet " + rollback.fleet());
    }

    /** What the fleet's own object is told. */
    Optional<Finding> said(FleetKey fleet) {
        return of(fleet)
                .map(rollback -> Finding.warning(
                        Reasons.ROLLED_BACK,
                        "",
                        (rollback.only().isEmpty() ? "all hosts are" : String.join(", ", rollback.only()) + " is")
                                + " served as at " + rollback.shortRoot()
                                + ", whatever is changed; end that with: gatehouse rollback --release --fleet "
                                + fleet));
    }

    private static Host body(Shard shard) {
        try {
            return shard.body().getHost();
        } catch (CorruptShardException e) {
            throw new IllegalStateException("its digest was checked when it was read", e);
        }
    }

    /** What a host needs beside its shard, found in the shard itself. */
    private static Set<Use> uses(Host host) {
        Set<Use> uses = new HashSet<>();
        host.getCertificatesList().forEach(certificate -> {
            String[] name = ShardId.parse(certificate).name().split("/", 2);
            if (name.length == 2) {
                uses.add(new Use.OfCertificate(ObjectKey.secret(name[0], name[1])));
            }
        });
        collect(host, uses);
        return uses;
    }

    /** Backends are in rules, filters, experiments, and wherever a later version puts them. */
    private static void collect(Message message, Set<Use> uses) {
        if (message instanceof Backend backend) {
            upstream(backend.getUpstream()).ifPresent(uses::add);
        }
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                return;
            }
            if (field.isRepeated()) {
                ((List<?>) value).forEach(one -> collect((Message) one, uses));
            } else {
                collect((Message) value, uses);
            }
        });
    }

    private static Optional<Use> upstream(String id) {
        if (id.isEmpty()) {
            return Optional.empty();
        }
        ShardId shard = ShardId.parse(id);
        String[] name = shard.name().split("/", 3);
        return shard.kind() == ShardKind.UPSTREAM && name.length == 3 && name[2].matches("[0-9]{1,5}")
                ? Optional.of(new Use.OfUpstream(ObjectKey.service(name[0], name[1]), Integer.parseInt(name[2])))
                : Optional.empty();
    }
}

package dev.gatehouse.controller.rollback;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Rollback;
import dev.gatehouse.controller.model.RollbackConfigMap;
import dev.gatehouse.controller.publish.History;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the annotation {@value #ANNOTATION} of ProxyFleets. A replica that knows the root it names puts the hosts of then into a
 * ConfigMap, from which all replicas compile, those that start later, too; any replica takes the ConfigMap away when the annotation
 * is gone. Replicas that know the same root write the same. Thread-safe; the work is done on a thread of its own.
 */
public final class RollbackKeeper implements AutoCloseable {

    /** {@code ROOT}, or {@code ROOT HOST,HOST}. */
    public static final String ANNOTATION = "gatehouse.dev/rollback-to";

    private static final Logger LOG = LoggerFactory.getLogger(RollbackKeeper.class);
    private static final Map<String, String> LABELS =
            Map.of("app.kubernetes.io/managed-by", "gatehouse", "gatehouse.dev/rollback", "fleet");
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final String namespace;
    private final List<OwnerReference> owners;
    private final History history;
    private final Consumer<FleetKey> changed;
    private final Map<FleetKey, Optional<String>> asked = new HashMap<>();
    private final Map<FleetKey, Rollback> present = new ConcurrentHashMap<>();
    private final Map<FleetKey, String> problems = new ConcurrentHashMap<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("gatehouse-rollback").daemon().factory());

    /** What is asked for. */
    private record Request(String root, SortedSet<String> only) {

        static Request of(String annotation) {
            String[] parts = annotation.strip().split("[\\s,]+");
            return new Request(parts[0], new TreeSet<>(List.of(parts).subList(1, parts.length)));
        }

        boolean isMetBy(Rollback rollback) {
            return rollback.root().startsWith(root) && rollback.only().equals(only);
        }
    }

    /**
     * One of a replica.
     *
     * @param namespace the controller's own
     * @param owners with whom the ConfigMaps are to go
     * @param changed is told of fleets whose problem is another one now
     */
    public RollbackKeeper(
            KubernetesClient client,
            String namespace,
            List<OwnerReference> owners,
            History history,
            Consumer<FleetKey> changed) {
        this.client = client;
        this.namespace = namespace;
        this.owners = List.copyOf(owners);
        this.history = history;
        this.changed = changed;
    }

    /** An object was seen: it may be one that asks, or one that answers. */
    public void seen(HasMetadata object) {
        switch (object) {
            case ProxyFleet fleet -> {
                FleetKey key = new FleetKey(
                        fleet.getMetadata().getNamespace(), fleet.getMetadata().getName());
                Optional<String> wanted = Optional.ofNullable(
                                fleet.getMetadata().getAnnotations())
                        .map(annotations -> annotations.get(ANNOTATION))
                        .filter(value -> !value.isBlank());
                later(() -> {
                    asked.put(key, wanted);
                    settle(key);
                });
            }
            case ConfigMap config
            when isOurs(config) ->
                RollbackConfigMap.read(config)
                        .ifPresent(rollback -> later(() -> {
                            present.put(rollback.fleet(), rollback);
                            settle(rollback.fleet());
                        }));
            default -> {}
        }
    }

    /** A ConfigMap of the controller's namespace is gone. */
    public void gone(String configMapNamespace, String name) {
        if (configMapNamespace.equals(namespace) && name.startsWith(RollbackConfigMap.PREFIX)) {
            later(() -> {
                for (FleetKey fleet : List.copyOf(present.keySet())) {
                    if (RollbackConfigMap.name(fleet).equals(name)) {
                        present.remove(fleet);
                        settle(fleet);
                    }
                }
            });
        }
    }

    /** Why a fleet is not rolled back as it asks for; empty if it is, or does not ask. */
    public Optional<String> problem(FleetKey fleet) {
        return Optional.ofNullable(problems.get(fleet));
    }

    /** Where the hosts of a fleet are from, if not from today. */
    public Optional<String> present(FleetKey fleet) {
        return Optional.ofNullable(present.get(fleet))
                .map(rollback -> rollback.shortRoot()
                        + (rollback.only().isEmpty() ? "" : " " + String.join(",", rollback.only())));
    }

    private boolean isOurs(ConfigMap config) {
        return namespace.equals(config.getMetadata().getNamespace())
                && config.getMetadata().getName().startsWith(RollbackConfigMap.PREFIX);
    }

    private void later(Runnable work) {
        try {
            thread.execute(work);
        } catch (RejectedExecutionException e) {
            LOG.debug("event=rollbacks_stopped");
        }
    }

    private void settle(FleetKey fleet) {
        // A fleet that was not seen yet may ask for what is there.
        Optional<String> wanted = asked.getOrDefault(fleet, Optional.empty());
        Optional<Rollback> there = Optional.ofNullable(present.get(fleet));
        try {
            if (!asked.containsKey(fleet)) {
                return;
            }
            if (wanted.isEmpty()) {
                if (there.isPresent()) {
                    client.configMaps()
                            .inNamespace(namespace)
                            .withName(RollbackConfigMap.name(fleet))
                            .delete();
                    LOG.info(
                            "event=rollback_released fleet={} root={}",
                            fleet,
                            there.get().shortRoot());
                }
                problem(fleet, Optional.empty());
                return;
            }
            Request request = Request.of(wanted.get());
            problem(fleet, there.filter(request::isMetBy).isPresent() ? Optional.empty() : begin(fleet, request));
        } catch (KubernetesClientException e) {
            LOG.warn("event=rollback_not_written fleet={} reason=\"{}\"", fleet, e.getMessage());
            var _ = thread.schedule(() -> settle(fleet), RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RuntimeException e) {
            LOG.error("event=rollback_failed fleet={}", fleet, e);
        }
    }

    /** Returns why it cannot. */
    private Optional<String> begin(FleetKey fleet, Request request) {
        Optional<Snapshot> found;
        try {
            found = history.find(fleet, request.root);
        } catch (IllegalArgumentException e) {
            return Optional.of("cannot go back: " + e.getMessage());
        }
        if (found.isEmpty()) {
            return Optional.of(
                    "no replica that is asked knows the root " + request.root
                            + ": see gatehouse snapshot list at each replica; what a replica published before its last start it has forgotten");
        }
        Rollback rollback = rollback(fleet, found.get(), request.only);
        Map<String, String> content = RollbackConfigMap.binaryData(rollback);
        int bytes = content.values().stream()
                .mapToInt(value -> value.length() / 4 * 3)
                .sum();
        if (bytes > RollbackConfigMap.MAX_BYTES) {
            return Optional.of("the hosts of " + request.root + " take " + bytes + " bytes, more than the "
                    + RollbackConfigMap.MAX_BYTES + " that a ConfigMap may have: name the hosts that are to go back");
        }
        ConfigMap config = new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(RollbackConfigMap.name(fleet))
                .withLabels(LABELS)
                .withOwnerReferences(owners)
                .endMetadata()
                .withData(RollbackConfigMap.data(rollback))
                .withBinaryData(content)
                .build();
        client.resource(config)
                .fieldManager(GatehouseApi.FIELD_MANAGER)
                .forceConflicts()
                .serverSideApply();
        LOG.warn(
                "event=rolled_back fleet={} root={} hosts=\"{}\" note=\"until the annotation {} is taken away\"",
                fleet,
                rollback.shortRoot(),
                request.only.isEmpty() ? "all" : request.only,
                ANNOTATION);
        return Optional.empty();
    }

    private static Rollback rollback(FleetKey fleet, Snapshot to, SortedSet<String> only) {
        Map<ShardId, Shard> hosts = new TreeMap<>();
        to.forEach(shard -> {
            if (shard.id().kind() == ShardKind.HOST
                    && (only.isEmpty() || only.contains(shard.id().name()))) {
                hosts.put(shard.id(), shard);
            }
        });
        return new Rollback(fleet, to.root().hex(), only, hosts);
    }

    private void problem(FleetKey fleet, Optional<String> problem) {
        Optional<String> before = problem.isPresent()
                ? Optional.ofNullable(problems.put(fleet, problem.get()))
                : Optional.ofNullable(problems.remove(fleet));
        if (!Objects.equals(before, problem)) {
            problem.ifPresent(text -> LOG.warn("event=rollback_impossible fleet={} reason=\"{}\"", fleet, text));
            changed.accept(fleet);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}

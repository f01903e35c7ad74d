package dev.gatehouse.controller.status;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.Receipt;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other replicas what the data planes connected to this one serve, and knows it of theirs: the leader needs all of
 * them to say that an object is live. Each replica keeps one Lease for it, written when something changed and no more than
 * twice a second; a Lease that is not renewed counts for nothing. Thread-safe.
 */
public final class ReplicaReceipts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaReceipts.class);
    private static final String LEASE_PREFIX = "gatehouse-receipts-";
    private static final String LABEL = "gatehouse.dev/receipts";
    private static final String ANNOTATION = "gatehouse.dev/receipts";
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration RENEW = Duration.ofSeconds(10);
    private static final Duration EXPIRED = Duration.ofSeconds(30);
    private static final int REMEMBERED = 64;
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(GatehouseApi.FIELD_MANAGER)
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final Place place;
    private final Publisher publisher;
    private final Consumer<FleetKey> changed;
    private final Clock clock;
    private final Map<String, Told> others = new ConcurrentHashMap<>();
    private final Map<String, Snapshot> recent = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Snapshot> eldest) {
            return size() > REMEMBERED;
        }
    });
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("gatehouse-receipts").daemon().factory());
    private final SharedIndexInformer<Lease> informer;
    private String written = "";
    private Instant writtenAt = Instant.EPOCH;

    /**
     * Where the Leases are.
     *
     * @param identity of this replica
     * @param owners with whom its Lease is to go
     */
    public record Place(String namespace, String identity, List<OwnerReference> owners) {}

    /** What one node of another replica serves. */
    private record Node(String root, Map<String, String> refused, String version, Set<String> lacking, long lagMillis) {

        static Node of(Receipt receipt) {
            return new Node(
                    receipt.snapshot().root().hex(),
                    new TreeMap<>(receipt.refused()),
                    receipt.program().version(),
                    new TreeSet<>(receipt.program().lacking()),
                    receipt.lag().toMillis());
        }

        Receipt receipt(FleetKey fleet, String name, Snapshot snapshot) {
            return new Receipt(
                    fleet,
                    name,
                    snapshot,
                    refused,
                    // A replica of another version may not say everything.
                    new Receipt.Program(
                            Objects.requireNonNullElse(version, ""),
                            Set.copyOf(Objects.requireNonNullElse(lacking, Set.of()))),
                    Duration.ofMillis(lagMillis));
        }
    }

    /** What another replica told: by fleet, by node. */
    private record Told(Instant at, Map<String, Map<String, Node>> fleets) {}

    /** @param changed is told of fleets whose nodes at another replica serve something else now */
    public ReplicaReceipts(
            KubernetesClient client, Place place, Publisher publisher, Consumer<FleetKey> changed, Clock clock) {
        this.client = client;
        this.place = place;
        this.publisher = publisher;
        this.changed = changed;
        this.clock = clock;
        this.informer =
                client.leases().inNamespace(place.namespace).withLabel(LABEL).runnableInformer(0);
        informer.addEventHandler(new Handler());
        informer.exceptionHandler((started, failure) -> true);
    }

    /** Begins to tell and to listen; returns at once. */
    public void start() {
        informer.start();
        var _ = thread.scheduleWithFixedDelay(this::tell, 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A snapshot was published: another replica may speak of it by its root. */
    public void published(Snapshot snapshot) {
        recent.put(snapshot.root().hex(), snapshot);
    }

    /** What the nodes of a fleet serve, at whichever replica they are. */
    List<Receipt> all(FleetKey fleet) {
        List<Receipt> receipts = new ArrayList<>(publisher.receipts(fleet));
        Instant now = clock.instant();
        for (Told told : others.values()) {
            if (told.at.plus(EXPIRED).isBefore(now)) {
                continue;
            }
            told.fleets.getOrDefault(fleet.toString(), Map.of()).forEach((name, node) -> {
                // A node that has just moved is known twice: what it told this replica is newer.
                if (receipts.stream().noneMatch(receipt -> receipt.node().equals(name))) {
                    Snapshot snapshot = recent.getOrDefault(node.root, Snapshot.empty());
                    receipts.add(node.receipt(fleet, name, snapshot));
                }
            });
        }
        return receipts;
    }

    /** The replicas that can be heard, this one included, and what the nodes of a fleet at each of them serve. */
    public Map<String, List<Receipt>> byReplica(FleetKey fleet) {
        Map<String, List<Receipt>> all = new TreeMap<>();
        all.put(place.identity, publisher.receipts(fleet));
        Instant now = clock.instant();
        others.forEach((lease, told) -> {
            if (!told.at.plus(EXPIRED).isBefore(now)) {
                List<Receipt> receipts = new ArrayList<>();
                told.fleets
                        .getOrDefault(fleet.toString(), Map.of())
                        .forEach((name, node) -> receipts.add(
                                node.receipt(fleet, name, recent.getOrDefault(node.root, Snapshot.empty()))));
                all.put(lease.substring(LEASE_PREFIX.length()), receipts);
            }
        });
        return all;
    }

    private void tell() {
        try {
            Map<String, Map<String, Node>> fleets = new TreeMap<>();
            for (FleetKey fleet : publisher.fleets()) {
                Map<String, Node> nodes = new TreeMap<>();
                for (Receipt receipt : publisher.receipts(fleet)) {
                    nodes.put(receipt.node(), Node.of(receipt));
                }
                fleets.put(fleet.toString(), nodes);
            }
            String text = Serialization.asJson(fleets);
            Instant now = clock.instant();
            if (!text.equals(written) || now.isAfter(writtenAt.plus(RENEW))) {
                Lease lease = lease(text, now);
                client.resource(lease).patch(APPLY, lease);
                written = text;
                writtenAt = now;
            }
        } catch (KubernetesClientException e) {
            LOG.warn("event=receipts_not_told reason=\"{}\"", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("event=receipts_failed", e);
        }
    }

    private Lease lease(String text, Instant now) {
        return new LeaseBuilder()
                .withNewMetadata()
                .withNamespace(place.namespace)
                .withName(LEASE_PREFIX + place.identity)
                .withOwnerReferences(place.owners)
                .addToLabels(LABEL, "true")
                .addToAnnotations(ANNOTATION, text)
                .endMetadata()
                .withNewSpec()
                .withHolderIdentity(place.identity)
                .withLeaseDurationSeconds((int) EXPIRED.toSeconds())
                .withRenewTime(now.atZone(ZoneOffset.UTC))
                .endSpec()
                .build();
    }

    private final class Handler implements ResourceEventHandler<Lease> {

        @Override
        public void onAdd(Lease lease) {
            take(lease);
        }

        @Override
        public void onUpdate(Lease before, Lease lease) {
            take(lease);
        }

        @Override
        public void onDelete(Lease lease, boolean unseen) {
            Told gone = others.remove(lease.getMetadata().getName());
            if (gone != null) {
                gone.fleets.keySet().forEach(fleet -> changed.accept(FleetKey.parse(fleet)));
            }
        }

        private void take(Lease lease) {
            String text = lease.getMetadata().getAnnotations().get(ANNOTATION);
            if (text == null || place.identity.equals(lease.getSpec().getHolderIdentity())) {
                return;
            }
            Map<String, Map<String, Node>> fleets =
                    Serialization.unmarshal(text, new TypeReference<Map<String, Map<String, Node>>>() {});
            // The time it was seen: clocks of machines differ.
            others.put(lease.getMetadata().getName(), new Told(clock.instant(), fleets));
            fleets.keySet().forEach(fleet -> changed.accept(FleetKey.parse(fleet)));
        }
    }

    /** Takes this replica's word back. */
    @Override
    public void close() {
        thread.shutdownNow();
        informer.stop();
        try {
            client.leases()
                    .inNamespace(place.namespace)
                    .withName(LEASE_PREFIX + place.identity)
                    .delete();
        } catch (KubernetesClientException e) {
            LOG.debug("event=receipts_not_withdrawn reason=\"{}\"", e.getMessage());
        }
    }
}

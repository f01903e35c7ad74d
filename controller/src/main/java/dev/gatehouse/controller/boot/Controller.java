package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.fleet.FleetSettings;
import dev.gatehouse.controller.lead.Leadership;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.ocsp.ConfigMapStore;
import dev.gatehouse.controller.ocsp.OcspSettings;
import dev.gatehouse.controller.ocsp.StatusKeeper;
import dev.gatehouse.controller.publish.Admission;
import dev.gatehouse.controller.publish.History;
import dev.gatehouse.controller.publish.NodeRegistry;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.PushLimits;
import dev.gatehouse.controller.publish.SnapshotServer;
import dev.gatehouse.controller.publish.TokenCache;
import dev.gatehouse.controller.publish.TokenReviewer;
import dev.gatehouse.controller.rollback.RollbackKeeper;
import dev.gatehouse.controller.status.ReplicaReceipts;
import dev.gatehouse.controller.status.StatusBoard;
import dev.gatehouse.controller.status.StatusSettings;
import dev.gatehouse.controller.status.StatusWriter;
import dev.gatehouse.controller.trust.AuthoritySecret;
import dev.gatehouse.controller.trust.ControllerTrust;
import dev.gatehouse.controller.trust.KeyRotation;
import dev.gatehouse.controller.trust.KeySecret;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.watch.ApiServer;
import dev.gatehouse.controller.watch.ClusterWatch;
import dev.gatehouse.controller.watch.PodWatch;
import dev.gatehouse.controller.watch.WatchScope;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running controller: every replica watches, compiles and serves snapshots; the leader writes statuses and reconciles
 * fleets as well. Thread-safe.
 */
public final class Controller implements AutoCloseable {

    /** Name of the Lease that the replicas elect their leader by. */
    static final String LEASE = "gatehouse-controller";

    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final Duration TOKEN_REMEMBERED = Duration.ofSeconds(30);
    private static final int TOKENS_REMEMBERED = 4096;
    private static final int SERVICE_PORT = 9443; // of the Service in front of the replicas
    private static final int EVENT_LOOPS = 2; // streams to data planes: few, and mostly idle

    private final ControllerConfig config;
    private final Explainer explainer;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Publisher publisher = new Publisher();
    private final History history = new History();
    private final StatusBoard board = new StatusBoard();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private volatile Optional<Pipeline> pipeline = Optional.empty();
    private volatile Optional<ClusterWatch> watch = Optional.empty();
    private volatile Optional<Leadership> leadership = Optional.empty();
    private volatile Optional<Duties> leaderDuties = Optional.empty();
    private volatile Optional<RollbackKeeper> rollbacks = Optional.empty();
    private volatile Optional<ReplicaReceipts> heard = Optional.empty();
    private volatile boolean closing;

    private Controller(ControllerConfig config, Explainer explainer) {
        this.config = config;
        this.explainer = explainer;
    }

    /**
     * Starts one; blocks until its ports are bound, the snapshot port's after the first complete view of the cluster was
     * compiled.
     *
     * @param explainer answers what people ask of snapshots
     * @throws IllegalStateException if a port cannot be bound, or the cluster cannot be used; it says why
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if the API server refuses what is needed to start
     */
    public static Controller start(ControllerConfig config, Explainer explainer) throws InterruptedException {
        Controller controller = new Controller(config, explainer);
        try {
            controller.begin();
            return controller;
        } catch (RuntimeException | InterruptedException e) {
            controller.close();
            throw e;
        }
    }

    private void begin() throws InterruptedException {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(EVENT_LOOPS));
        opened(() -> Steps.await("vertx", vertx.close()));
        ControllerMetrics metrics = new ControllerMetrics();
        opened(metrics);
        var admin = new AdminServer(
                vertx,
                new AdminServer.Probes(this::notLive, this::notReady, this::notLeading),
                publisher,
                metrics::scrape,
                new AdminServer.Asking(explainer, config.defaultFleet(), report()));
        ports.put("admin", Steps.bind("admin", config.adminPort(), admin.start(config.bindHost(), config.adminPort())));

        // Connections of their own: a status being written or a token being checked must not wait for a listing of
        // 10,000 objects.
        ApiServer watched = ApiServer.of(Clients.config(config.kubeconfig()));
        opened(watched);
        KubernetesClient checking = client();
        KubernetesClient writing = client();
        ControllerConfig.Caution caution = config.caution();
        World world = new World(WorldOptions.cluster(config.defaultFleet(), config.namespace(), caution.blastRadius())
                .readingSecrets());
        Pipeline line = new Pipeline(
                world,
                publisher,
                listener(metrics),
                history,
                new Waiting(caution.holdTime(), caution.quarantine()),
                this::watching,
                secrets -> watch.ifPresent(cluster -> cluster.read(secrets)),
                Pipeline.SECRETS_PATIENCE);
        opened(line);
        pipeline = Optional.of(line);
        metrics.watch(line, publisher, board);
        List<OwnerReference> owners = owners(checking);
        RollbackKeeper keeper = new RollbackKeeper(writing, config.namespace(), owners, history, board::lookAt);
        opened(keeper);
        rollbacks = Optional.of(keeper);
        // Before the first view: the keys are part of it, so that a replica that starts anew computes the root of the
        // others.
        for (KeyPurpose purpose : KeyPurpose.values()) {
            var secret = new KeySecret(purpose, checking, config.namespace(), Clock.systemUTC(), owners);
            opened(KeyRotation.start(secret, line::renewed));
        }
        line.start();
        WatchScope scope = scope();
        ClusterWatch cluster = new ClusterWatch(watched, scope, line, RandomGenerator.getDefault());
        opened(cluster);
        watch = Optional.of(cluster);
        cluster.start();

        var authority = new AuthoritySecret(checking, config.namespace(), Clock.systemUTC(), owners);
        ControllerTrust trust = ControllerTrust.start(
                authority,
                ServerNames.of(config.serviceName(), config.namespace(), config.snapshotNames()),
                Clock.systemUTC());
        opened(trust);
        var reviewer = new TokenReviewer(vertx, checking, config.outsideNodes());
        NodeRegistry nodes = new NodeRegistry(Clock.systemUTC());
        SnapshotServer server = new SnapshotServer(
                vertx,
                publisher,
                new Admission(
                        new TokenCache(reviewer, TOKEN_REMEMBERED, TOKENS_REMEMBERED, System::nanoTime),
                        nodes,
                        Clock.systemUTC()),
                trust.material(),
                PushLimits.standard(),
                RandomGenerator.getDefault());
        trust.onChange(material -> Steps.await("the new certificate", server.replaceTrust(material)));
        PodWatch pods = new PodWatch(
                watched, scope, FleetSettings.FLEET_LABEL, PodNews.of(nodes), RandomGenerator.getDefault());
        opened(pods);
        pods.start();

        ReplicaReceipts receipts = new ReplicaReceipts(
                writing,
                new ReplicaReceipts.Place(config.namespace(), config.identity(), owners),
                publisher,
                board::receiptsChanged,
                Clock.systemUTC());
        opened(receipts);
        heard = Optional.of(receipts);
        publisher.onPublished(receipts::published);
        StatusWriter status = new StatusWriter(
                writing,
                board,
                publisher,
                receipts,
                new StatusSettings(
                        config.identity(), config.publishAddresses(), config.statusWritesPerSecond(), keeper::problem),
                this::leading,
                Clock.systemUTC());
        opened(status);
        publisher.onReceipt(board::receiptsChanged);
        line.awaitFirstView(Steps.BOUND);
        int port = config.snapshotPort();
        ports.put("snapshot", Steps.bind("snapshot", port, server.start(config.bindHost(), port)));
        opened(() -> Steps.await("snapshot server", server.close()));
        receipts.start();
        status.start();
        StatusKeeper.Counts asked = new StatusKeeper.Counts();
        metrics.watch(asked);
        ConfigMapStore answers = new ConfigMapStore(writing, config.namespace(), owners);
        Duties duties = new Duties(
                writing,
                fleets(trust),
                board,
                () -> StatusKeeper.start(
                        this::published, answers, OcspSettings.standard(config.ocspInternalResponders()), asked));
        leaderDuties = Optional.of(duties);
        Leadership stand = Leadership.start(writing, seat(owners), duties);
        opened(stand);
        leadership = Optional.of(stand);
        LOG.info("event=serving ports={} identity={}", ports, config.identity());
    }

    /** The snapshots of all fleets. */
    private Collection<Snapshot> published() {
        return publisher.fleets().stream()
                .flatMap(fleet -> publisher.snapshot(fleet).stream())
                .toList();
    }

    /** The statuses of certificates and the default fleet are seen in any case. */
    private WatchScope scope() {
        return config.scope()
                .with(List.of(config.namespace(), config.defaultFleet().namespace()));
    }

    private FleetReport report() {
        return new FleetReport(
                publisher,
                history,
                new FleetReport.Surroundings(
                        config.identity(),
                        () -> leadership.map(Leadership::leader).orElse(""),
                        fleet ->
                                heard.map(receipts -> receipts.byReplica(fleet)).orElse(Map.of()),
                        fleet -> pipeline.map(line -> line.held(fleet)).orElse(List.of()),
                        fleet -> rollbacks.flatMap(keeper -> keeper.present(fleet))));
    }

    private KubernetesClient client() {
        KubernetesClient client = Clients.of(config.kubeconfig());
        opened(client);
        return client;
    }

    private void opened(AutoCloseable part) {
        parts.push(part);
    }

    private PipelineListener listener(ControllerMetrics metrics) {
        return new PipelineListener() {
            @Override
            public void seen(HasMetadata object, ResourceModel model) {
                board.seen(object, model);
                rollbacks.ifPresent(keeper -> keeper.seen(object));
            }

            @Override
            public void gone(ObjectKey key) {
                board.gone(key);
                if (key.kind() == Kind.CONFIG_MAP) {
                    rollbacks.ifPresent(keeper -> keeper.gone(key.namespace(), key.name()));
                }
            }

            @Override
            public void compiled(Outcome outcome, int changes, long nanos) {
                metrics.compiled(changes, outcome.fleets().size(), nanos);
                board.compiled(outcome);
                leaderDuties.ifPresent(duties -> duties.compiled(outcome));
            }
        };
    }

    private List<OwnerReference> owners(KubernetesClient client) {
        return config.owner()
                .map(name -> Clients.ownerReference(client, config.namespace(), name))
                .map(List::of)
                .orElse(List.of());
    }

    private FleetSettings fleets(ControllerTrust trust) {
        return new FleetSettings(
                config.serviceName() + "." + config.namespace() + ".svc:" + SERVICE_PORT,
                config.image(),
                config.imagePullPolicy(),
                config.fleetNamespaces().isEmpty() ? scope().namespaces() : config.fleetNamespaces(),
                () -> trust.material().trusted());
    }

    private Leadership.Seat seat(List<OwnerReference> owners) {
        ControllerConfig.Lease lease = config.lease();
        return new Leadership.Seat(
                config.namespace(),
                LEASE,
                config.identity(),
                owners,
                lease.duration(),
                lease.renewDeadline(),
                lease.retryPeriod());
    }

    /** The bound ports: {@code admin} and {@code snapshot}. */
    public Map<String, Integer> ports() {
        return Map.copyOf(ports);
    }

    /**
     * One bound port.
     *
     * @throws IllegalStateException if it is not bound
     */
    public int port(String name) {
        Integer port = ports.get(name);
        if (port == null) {
            throw new IllegalStateException(name + " does not listen");
        }
        return port;
    }

    /** What each fleet is to serve, and what its data planes acknowledged to this replica. */
    public Publisher publisher() {
        return publisher;
    }

    /** Whether this replica writes statuses and reconciles fleets. */
    public boolean leading() {
        return leadership.filter(Leadership::leading).isPresent();
    }

    private Optional<String> notLive() {
        return pipeline.filter(line -> !line.healthy()).map(line -> "the pipeline has failed: see the log");
    }

    private Optional<String> notReady() {
        if (closing) {
            return Optional.of("shutting down");
        }
        if (pipeline.isEmpty() || !pipeline.get().compiled().isDone()) {
            return Optional.of(
                    "not yet seen: " + pipeline.map(Pipeline::missing).orElse("anything"));
        }
        return ports.containsKey("snapshot") ? Optional.empty() : Optional.of("the snapshot port does not listen yet");
    }

    private Optional<String> notLeading() {
        if (leading()) {
            return Optional.empty();
        }
        String leader = leadership.map(Leadership::leader).orElse("");
        return Optional.of(leader.isEmpty() ? "no leader is known" : "the leader is " + leader);
    }

    /** Whether all watches are alive at this moment. */
    public boolean watching() {
        return watch.filter(ClusterWatch::watching).isPresent();
    }

    /** Gives leadership back, ends the streams, and stops. Data planes go on with what they have. */
    @Override
    public void close() {
        closing = true;
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("event=close_failed part={}", part.getClass().getSimpleName(), e);
            }
        }
    }
}

package dev.gatehouse.bench;

import com.google.protobuf.ByteString;
import dev.gatehouse.bench.Figures.Value;
import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.testkit.NamedBackend;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/** What the controller does with objects once it has them, in this process: parse, compile, publish, encode. */
final class Compiling {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final int ROUNDS = 4; // the first one is cold, as a controller's first compile is
    private static final int CHANGES = 4_000;

    private final NamedBackend backend;
    private final int routes;
    private final Publisher publisher = new Publisher();
    private World world = new World(WorldOptions.cluster(FLEET));

    private Compiling(NamedBackend backend, int routes) {
        this.backend = backend;
        this.routes = routes;
    }

    /** Measures with so many Ingresses, each with a Service and a slice. */
    static void measure(Figures figures, int routes) {
        try (NamedBackend backend = new NamedBackend("compiled")) {
            new Compiling(backend, routes).run(figures);
        }
    }

    private void run(Figures figures) {
        double[] millis = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            List<HasMetadata> objects = objects();
            long begun = System.nanoTime();
            world = new World(WorldOptions.cluster(FLEET));
            List<Change> changes = new ArrayList<>(objects.size());
            objects.forEach(object -> changes.add(new Change.Upsert(ModelParser.parse(object))));
            world.apply(changes);
            publisher.publish(FLEET, world.snapshot(FLEET));
            millis[i] = (System.nanoTime() - begun) / 1e6;
        }
        if (world.snapshot(FLEET).size() < 3 * routes) {
            throw new IllegalStateException("not everything was compiled: " + world.snapshot(FLEET));
        }
        figures.add(
                "full compile, parsed, published",
                routes,
                "ms",
                Value.of("first", millis[0], 2_000),
                Value.of("warm", millis[ROUNDS - 1]));
        changes(figures, "one Ingress changed -> bytes", 1, this::changedIngress);
        changes(figures, "endpoint changed -> bytes", 0.3, this::changedSlice);
    }

    private List<HasMetadata> objects() {
        IngressClass ours = new IngressClassBuilder()
                .withNewMetadata()
                .withName("gatehouse")
                .endMetadata()
                .withNewSpec()
                .withController("gatehouse.dev/controller")
                .endSpec()
                .build();
        List<HasMetadata> objects = new ArrayList<>(List.of(ours));
        for (int i = 0; i < routes; i++) {
            String name = Population.name(i);
            objects.add(Population.service(name));
            objects.add(Population.slice(name, backend));
            objects.add(Population.ingress(name, name, "/"));
        }
        return objects;
    }

    private Ingress changedIngress(int turn) {
        String name = Population.name(turn * 31 % routes);
        return Population.ingress(name, name, "/turn-" + turn);
    }

    private EndpointSlice changedSlice(int turn) {
        String name = Population.name(turn * 31 % routes);
        return Population.empty(name, 0, 1024 + turn)
                .addNewEndpoint()
                .withAddresses("10.0.0.1")
                .endEndpoint()
                .build();
    }

    private void changes(Figures figures, String what, double bar, IntFunction<HasMetadata> change) {
        double[] millis = new double[CHANGES / 2];
        for (int i = -CHANGES / 2; i < CHANGES / 2; i++) {
            HasMetadata object = change.apply(i + CHANGES / 2);
            long begun = System.nanoTime();
            Outcome outcome = world.apply(List.of(new Change.Upsert(ModelParser.parse(object))));
            List<Shard> shards = outcome.fleet(FLEET).orElseThrow().updates();
            publisher.publish(FLEET, world.snapshot(FLEET));
            byte[] bytes = Frames.encode(delta(i, shards));
            double took = (System.nanoTime() - begun) / 1e6;
            if (bytes.length == 0 || shards.isEmpty()) {
                throw new IllegalStateException("nothing changed");
            }
            if (i >= 0) {
                millis[i] = took;
            }
        }
        Arrays.sort(millis);
        figures.add(
                what,
                routes,
                "ms",
                Value.of("p50", Figures.percentile(millis, 50), bar),
                Value.of("p99", Figures.percentile(millis, 99)));
    }

    /** As one stream sends it. */
    private static ControllerMessage delta(long sequence, List<Shard> shards) {
        Delta.Builder delta = Delta.newBuilder().setSequence(sequence);
        for (Shard shard : shards) {
            delta.addUpdates(ShardUpdate.newBuilder()
                    .setId(shard.id().toString())
                    .setDigest(ByteString.copyFrom(shard.digest().toBytes()))
                    .setBody(shard.bytes()));
        }
        return ControllerMessage.newBuilder().setDelta(delta).build();
    }
}

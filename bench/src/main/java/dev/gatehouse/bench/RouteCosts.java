package dev.gatehouse.bench;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures what a route costs: in the controller, from the object of one ProxyRoute with 100 rules until its shard is there anew; in the data
 * plane, the heap of 10,000 plain routes once they are in force, with one Service for all and with one for each.
 */
public final class RouteCosts {

    private static final int RULES = 100;
    private static final int COMPILES = 300;
    private static final int ROUTES = 10_000;

    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private RouteCosts() {}

    /** One of {@code compile} and {@code heap}. */
    public static void main(String[] arguments) throws CorruptShardException {
        YAML.registerKubernetesResource(ProxyRoute.class);
        switch (arguments[0]) {
            case "compile" -> compile();
            case "heap" -> {
                heap("one Service for all", false);
                heap("a Service for each", true);
            }
            default -> throw new IllegalArgumentException(arguments[0] + " is neither compile nor heap");
        }
    }

    /** The object changes each time in every rule, as by kubectl apply; reading YAML is left out, which the watch does not do. */
    private static void compile() {
        List<HasMetadata> versions = List.of(hundredRules("1s"), hundredRules("2s"));
        World world = new World(WorldOptions.folder());
        world.apply(List.of(upsert(service("api"))));
        long first = System.nanoTime();
        world.apply(List.of(upsert(versions.getFirst())));
        first = System.nanoTime() - first;
        double[] millis = new double[COMPILES];
        for (int i = 0; i < COMPILES; i++) {
            long begin = System.nanoTime();
            boolean changed = !world.apply(List.of(upsert(versions.get((i + 1) % 2))))
                    .fleets()
                    .isEmpty();
            millis[i] = (System.nanoTime() - begin) / 1e6;
            if (!changed) {
                throw new IllegalStateException("nothing was compiled");
            }
        }
        double[] warm = Arrays.copyOfRange(millis, COMPILES / 2, COMPILES);
        Arrays.sort(warm);
        System.out.printf(
                Locale.ROOT,
                "compile of a ProxyRoute with %d rules: %.2f ms (p99 %.2f); the very first of a process %.1f ms%n",
                RULES,
                warm[warm.length / 2],
                warm[warm.length * 99 / 100],
                first / 1e6);
    }

    private static Change upsert(HasMetadata object) {
        return new Change.Upsert(ModelParser.parse(object));
    }

    private static HasMetadata hundredRules(String timeout) {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < RULES; i++) {
            rules.append("""
                      - name: rule-%1$d
                        matches: [{path: {prefix: /api/v%1$d}, headers: [{name: x-tier, exact: gold}]}]
                        filters: [{rewrite: {prefix: /v%1$d}}, {requestHeaders: {set: {x-rule: "%1$d"}}}]
                        backends: [{service: api, port: 80}]
                        timeouts: {request: %2$s}
                    """.formatted(i, timeout));
        }
        return YAML.unmarshal("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: shop, namespace: shop}
                spec:
                  hosts: [shop.example.com]
                  rules:
                """ + rules);
    }

    private static HasMetadata service(String name) {
        return YAML.unmarshal("""
                apiVersion: v1
                kind: Service
                metadata: {name: %s, namespace: shop}
                spec: {ports: [{port: 80, targetPort: 8080}]}
                """.formatted(name));
    }

    private static HasMetadata slice(String service) {
        return YAML.unmarshal("""
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: %1$s-1, namespace: shop, labels: {kubernetes.io/service-name: %1$s}}
                addressType: IPv4
                ports: [{port: 8080}]
                endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]
                """.formatted(service));
    }

    private static HasMetadata ingress(int number, int services) {
        return YAML.unmarshal("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: shop-%1$d, namespace: shop}
                spec:
                  rules:
                  - host: shop-%1$d.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api-%2$d, port: {number: 80}}}}]}
                """.formatted(number, number % services));
    }

    /** All that stays when a node has taken a snapshot: its shards, the table, and what is known of endpoints. */
    private static void heap(String name, boolean own) throws CorruptShardException {
        Tables warm = inForce(100, own); // what there is once, however many routes
        long before = used();
        Tables tables = inForce(ROUTES, own);
        long after = used();
        long bytes = tables.current().snapshot().sorted().stream()
                .mapToLong(shard -> shard.bytes().size())
                .sum();
        if (warm.current().root().equals(tables.current().root())) {
            throw new IllegalStateException("both tables are one");
        }
        System.out.printf(
                Locale.ROOT,
                "heap of a plain route, %s: %,d bytes, of which the shards' encoding %,d%n",
                name,
                (after - before) / ROUTES,
                bytes / ROUTES);
    }

    private static Tables inForce(int routes, boolean own) throws CorruptShardException {
        Snapshot compiled = compiled(routes, own ? routes : 1);
        List<Shard> received = new ArrayList<>();
        for (Shard shard : compiled.sorted()) {
            ByteString bytes = ByteString.copyFrom(shard.bytes().toByteArray()); // of the wire, not of the compiler
            received.add(Shard.verified(ShardId.parse(shard.id().toString()), shard.digest(), bytes));
        }
        Tables tables = new Tables();
        var result = new SnapshotReceiver(tables, BackendTls.maker()).apply(received, List.of(), compiled.root());
        if (result.error().isPresent() || !result.refused().isEmpty()) {
            throw new IllegalStateException("the snapshot was not taken: " + result);
        }
        return tables;
    }

    private static Snapshot compiled(int routes, int services) {
        World world = new World(WorldOptions.folder());
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < services; i++) {
            changes.add(upsert(service("api-" + i)));
            changes.add(upsert(slice("api-" + i)));
        }
        for (int i = 0; i < routes; i++) {
            changes.add(upsert(ingress(i, services)));
        }
        world.apply(changes);
        return world.snapshot(WorldOptions.folder().defaultFleet());
    }

    private static long used() {
        var memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 4; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }
}

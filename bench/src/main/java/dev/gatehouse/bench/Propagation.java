package dev.gatehouse.bench;

import dev.gatehouse.bench.Figures.Value;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Measures, against a real API server and with both programs as processes of their own, how long a change takes from the API
 * server's answer until it is served, and what it costs, with so many Ingresses present, each with a Service and a slice of its own.
 */
public final class Propagation {

    private static final int[] ALL = {100, 1_000, 5_000, 10_000};
    private static final int FEW = 1_000; // with fewer, some things are not worth their time
    private static final int MANY = 5_000; // the growth up to here is looked at
    private static final PatchContext MERGE =
            new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();

    private final Installation installation;
    private final Population population;
    private final Figures figures;
    private final Process controller;
    private final Process dataPlane;
    private final Map<Integer, Double> costs = new HashMap<>();

    private Propagation(
            Installation installation, Population population, Figures figures, Process controller, Process dataPlane) {
        this.installation = installation;
        this.population = population;
        this.figures = figures;
        this.controller = controller;
        this.dataPlane = dataPlane;
    }

    /** Arguments: the gatehouse program, the folder for the results, and how many are to be present, one after the other. */
    public static void main(String[] args) throws Exception {
        int[] counts = args.length > 2
                ? Arrays.stream(args, 2, args.length)
                        .mapToInt(Integer::parseInt)
                        .sorted()
                        .toArray()
                : ALL;
        Figures figures = new Figures();
        try (Installation installation = new Installation(Path.of(args[0]))) {
            Process controller = installation.startController();
            Process dataPlane = installation.startDataPlane();
            installation.awaitDataPlane();
            Population population = new Population(installation.client(), installation.backend(), 1);
            Propagation propagation = new Propagation(installation, population, figures, controller, dataPlane);
            for (int count : counts) {
                propagation.measure(count);
            }
            propagation.growth();
        }
        figures.write(Path.of(args[1]), "propagation");
    }

    private void measure(int count) throws InterruptedException {
        population.grow(count);
        try (Probe probe = new Probe(Population.name(count - 1))) {
            Installation.until("all are served", () -> probe.ask("/").status() == 200);
        }
        Installation.awaitStatuses();
        figures.percentiles("Ingress created -> first request served", count, firstIngress(), 8, 25);
        figures.percentiles("ProxyRoute created -> first request served", count, firstRoute(), 8, 25);
        if (count < FEW) {
            return;
        }
        try (LastAsked last = new LastAsked(installation)) {
            Installation.until("its endpoints are served", () -> {
                try (Probe probe = new Probe("endpoints")) {
                    return probe.ask("/").status() == 200;
                }
            });
            figures.percentiles("endpoint replaced -> last request to it", count, last.replaced(), 4, 8);
            figures.percentiles("endpoint removed -> last request to it", count, last.removed(), 4, 8);
        }
        costs(count);
        new StatusWrites(installation).measure(figures, count);
        new SteadyTraffic(installation).measure(figures, count);
        try (Churn churn = new Churn(installation.client(), population)) {
            double[] millis = firstIngress();
            figures.percentiles(
                    String.format(
                            "with %.0f writes/s beside it: Ingress created -> first request served", churn.rate()),
                    count,
                    millis,
                    15,
                    60);
        }
    }

    private double[] firstIngress() throws InterruptedException {
        return new FirstServed(installation).measure(name -> Population.ingress(name, Installation.BACKEND, "/"));
    }

    private double[] firstRoute() throws InterruptedException {
        return new FirstServed(installation)
                .measure(name -> installation.load(proxyRoute(name)).getFirst());
    }

    private void costs(int count) throws InterruptedException {
        Costs cost = new Costs(controller, dataPlane);
        cost.idle(figures, count);
        double each = cost.measure(figures, "Ingress changed", count, 2, i -> {
            String name = Population.name(i % 50);
            Ingress next = Population.ingress(name, name, i / 50 % 2 == 0 ? "/changed" : "/");
            installation.client().resource(next).update();
        });
        costs.put(count, each);
        double shards = Installation.metric(Installation.CONTROLLER_ADMIN_PORT, "gatehouse_controller_push_shards");
        cost.measure(figures, "Ingress edited, nothing served changes", count, 0.5, i -> {
            HasMetadata edited = Population.ingress(Population.name(100 + i % 50), "", "/");
            String patch = i % 2 == 0
                    ? "{\"metadata\":{\"annotations\":{\"example.com/edit\":\"" + i + "\"}}}"
                    : "{\"metadata\":{\"labels\":{\"edit\":\"" + i + "\"}}}";
            installation.client().resource(edited).patch(MERGE, patch);
        });
        figures.add(
                "Ingress edited, nothing served changes: shards sent, all times",
                count,
                "",
                Value.of(
                        "",
                        Installation.metric(Installation.CONTROLLER_ADMIN_PORT, "gatehouse_controller_push_shards")
                                - shards,
                        0));
    }

    private void growth() {
        Double few = costs.get(FEW);
        Double many = costs.get(MANY);
        if (few != null && many != null) {
            figures.add(
                    "CPU of a changed Ingress: growth from " + FEW + " present",
                    MANY,
                    "x",
                    Value.of("", many / few, 1.2));
        }
    }

    /** Of the host {@code NAME.example.com}. */
    static String proxyRoute(String name) {
        return """
                apiVersion: %1$s
                kind: ProxyRoute
                metadata: {namespace: %2$s, name: %3$s}
                spec:
                  ingressClassName: gatehouse
                  hosts: [%3$s.example.com]
                  rules:
                  - backends: [{service: %4$s, port: 80}]
                """.formatted(
                        HasMetadata.getApiVersion(ProxyRoute.class), Population.NAMESPACE, name, Installation.BACKEND);
    }
}

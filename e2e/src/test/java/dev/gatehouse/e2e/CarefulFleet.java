package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.boot.ControllerConfig;
import dev.gatehouse.controller.compile.BlastRadius;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A fleet whose replicas hold back what takes many hosts away at once; what its operator types, and is told. */
final class CarefulFleet {

    /** Long enough for all that is looked at meanwhile, a Java program included, on a slow machine too. */
    static final Duration HOLD = Duration.ofSeconds(45);

    private final Gatehouse gatehouse;
    private final TwoReplicas replicas;

    /** With one more Service, {@code shop/elsewhere}. All of it is closed with its {@link Gatehouse}. */
    CarefulFleet(Gatehouse gatehouse) throws InterruptedException, IOException {
        this.gatehouse = gatehouse;
        NamedBackend other = gatehouse.opened(new NamedBackend("elsewhere"));
        gatehouse.apply(other.serviceYaml("shop", "elsewhere"));
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: gatehouse-system, name: default}
                spec: {replicas: 0}
                """);
        replicas = TwoReplicas.start(
                gatehouse, new ControllerConfig.Caution(new BlastRadius(30, 10), HOLD, Optional.empty()));
    }

    TwoReplicas replicas() {
        return replicas;
    }

    static String route(String name, String service) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  hosts: [%1$s.example.com]
                  rules: [{backends: [{service: %2$s, port: 80}]}]
                """.formatted(name, service);
    }

    Optional<Condition> fleetCondition(String type) {
        return gatehouse
                .client()
                .resources(ProxyFleet.class)
                .inNamespace("gatehouse-system")
                .withName("default")
                .get()
                .getStatus()
                .conditions()
                .stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst();
    }

    Condition routeCondition(String name, String type) {
        return gatehouse
                .client()
                .resources(ProxyRoute.class)
                .inNamespace("shop")
                .withName(name)
                .get()
                .getStatus()
                .conditions()
                .stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    /** Notes of the Events about an object. */
    List<String> events(String kind, String name, String reason) {
        return gatehouse.client().resources(Event.class).inAnyNamespace().list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().equals(kind)
                        && event.getRegarding().getName().equals(name)
                        && event.getReason().equals(reason))
                .map(Event::getNote)
                .toList();
    }

    /** Annotates the fleet. */
    void annotate(String annotation) throws Exception {
        kubectl("annotate", "proxyfleet", "default", "-n", "gatehouse-system", "--overwrite", annotation);
    }

    String kubectl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                gatehouse.program("kubectl").toString(),
                "--kubeconfig",
                gatehouse.kubeconfig().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    /** What a command says. */
    static String gatehouseCommand(int code, String... arguments) throws Exception {
        try (Program program = Program.start(arguments)) {
            assertThat(program.exitCode()).as(program.output()).isEqualTo(code);
            return program.output();
        }
    }

    /** What a client gets from a host. */
    static String body(WebClient client, String name) throws IOException {
        return client.get(name + ".example.com", "/").rawBody();
    }
}

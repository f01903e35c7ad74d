package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.InstalledCluster.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.gatehouse.e2e.InstalledCluster.Echo;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Gatehouse as a user has it: installed by Helm on a whole node, in front of real pods. */
class InstalledIT {

    private static final String SPACE = "shop";

    private static InstalledCluster cluster;
    private static WebClient web;

    @BeforeAll
    static void start() {
        cluster = InstalledCluster.get();
        web = cluster.web();
        cluster.namespace(SPACE);
    }

    @Test
    void anIngressReachesEveryPodThroughEveryDataPlane() {
        cluster.backend(SPACE, "two", 2);
        TestCertificate certificate = TestCertificate.of("two.example.com");
        cluster.apply(certificate.secretYaml(SPACE, "two-tls"));
        cluster.apply(ingress("two", "two-tls"));
        Set<String> pods = names(cluster.pods(SPACE, "app", "two"));

        within().untilAsserted(() -> {
            for (Pod plane : cluster.dataPlanes()) {
                WebClient direct = InstalledCluster.web(plane);
                assertThat(answering(() -> direct.get("two.example.com", "/").rawBody(), 4))
                        .hasSize(2);
                assertThat(answering(
                                () -> direct.getSecurely("two.example.com", "/").rawBody(), 4))
                        .hasSize(2);
                assertThat(direct.certificate("two.example.com")).isEqualTo(certificate.certificate());
            }
        });
        assertThat(seen(web, "two.example.com", 40)).isEqualTo(pods);
        assertThat(Echo.of(web.getSecurely("two.example.com", "/")).headers().get("X-Forwarded-Proto"))
                .containsExactly("https");

        within().untilAsserted(() -> assertThat(addresses("two")).hasSize(1));
        cluster.client()
                .resources(Ingress.class)
                .inNamespace(SPACE)
                .withName("two")
                .delete();
        within().untilAsserted(() ->
                assertThat(web.get("two.example.com", "/").status()).isEqualTo(404));
    }

    @Test
    void scalingTheBackendMovesTrafficWithoutAFailedRequest() throws Exception {
        cluster.backend(SPACE, "scaled", 2);
        cluster.apply(ingress("scaled", ""));
        served("scaled.example.com");
        try (Traffic traffic =
                new Traffic(() -> web.get("scaled.example.com", "/").status())) {
            cluster.backend(SPACE, "scaled", 4);
            within().untilAsserted(() ->
                    assertThat(seen(web, "scaled.example.com", 20)).hasSize(4));
            cluster.backend(SPACE, "scaled", 1);
            String last = cluster.pods(SPACE, "app", "scaled")
                    .getFirst()
                    .getMetadata()
                    .getName();
            within().untilAsserted(() ->
                    assertThat(seen(web, "scaled.example.com", 10)).containsExactly(last));
            traffic.assertNoneFailed();
        }
    }

    @Test
    void replacingACertificateFailsNoRequest() throws Exception {
        cluster.backend(SPACE, "renewed", 1);
        TestCertificate old = TestCertificate.of("renewed.example.com");
        TestCertificate next = TestCertificate.of("renewed.example.com");
        cluster.apply(old.secretYaml(SPACE, "renewed-tls"));
        cluster.apply(ingress("renewed", "renewed-tls"));
        served("renewed.example.com");
        assertThat(web.certificate("renewed.example.com")).isEqualTo(old.certificate());
        try (Traffic traffic =
                new Traffic(() -> web.getSecurely("renewed.example.com", "/").status())) {
            cluster.apply(next.secretYaml(SPACE, "renewed-tls"));
            within().untilAsserted(() -> {
                for (Pod plane : cluster.dataPlanes()) {
                    assertThat(InstalledCluster.web(plane).certificate("renewed.example.com"))
                            .isEqualTo(next.certificate());
                }
            });
            traffic.assertNoneFailed();
        }
    }

    @Test
    void trafficGoesOnWhileTheControllersAreKilled() throws Exception {
        cluster.backend(SPACE, "steady", 1);
        cluster.apply(ingress("steady", ""));
        served("steady.example.com");
        try (Traffic traffic =
                new Traffic(() -> web.get("steady.example.com", "/").status())) {
            cluster.client()
                    .pods()
                    .inNamespace(InstalledCluster.NAMESPACE)
                    .withLabel("app.kubernetes.io/name", "gatehouse-controller")
                    .withGracePeriod(0)
                    .delete();
            cluster.apply(ingress("after", "").replace("service: {name: after,", "service: {name: steady,"));
            served("after.example.com");
            traffic.assertNoneFailed();
        }
    }

    @Test
    void aDataPlaneIsNotReadyBeforeItServesTheCurrentSnapshot() {
        cluster.backend(SPACE, "present", 1);
        cluster.apply(ingress("present", ""));
        served("present.example.com");
        // The address of a pod is told up to a second after its container has begun: where one serves sooner, another
        // is asked.
        int refused = 0;
        for (int replaced = 0; replaced < 5 && refused == 0; replaced++) {
            refused = refusalsOfASuccessor("present.example.com");
        }
        assumeThat(refused).as("asked before it served").isPositive();
    }

    /** Replaces a data plane, and counts how often its successor took no connection before it gave its first answer, the right one. */
    private static int refusalsOfASuccessor(String host) {
        Set<String> before = names(cluster.dataPlanes());
        cluster.client()
                .resource(cluster.dataPlanes().getFirst())
                .withGracePeriod(0)
                .delete();

        Pod successor = within().until(
                        () -> cluster.dataPlanes().stream()
                                .filter(pod ->
                                        !before.contains(pod.getMetadata().getName()))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
        within().until(() -> fresh(successor).getStatus().getPodIP() != null);
        WebClient direct = InstalledCluster.web(fresh(successor));
        AtomicInteger refused = new AtomicInteger();
        within().pollInterval(java.time.Duration.ofMillis(5)).until(() -> {
            boolean ready = Readiness.isPodReady(fresh(successor));
            try {
                assertThat(direct.get(host, "/").status()).isEqualTo(200);
                return true;
            } catch (java.io.UncheckedIOException e) {
                assertThat(ready).isFalse();
                refused.incrementAndGet();
                return false;
            }
        });
        within().until(() -> cluster.dataPlanes().size() == 2
                && cluster.dataPlanes().stream().allMatch(Readiness::isPodReady));
        return refused.get();
    }

    @Test
    void whatTheOperatorMadeIsKeptSo() {
        var deployments = cluster.client().apps().deployments().inNamespace(InstalledCluster.NAMESPACE);
        deployments.withName("default-dataplane").edit(deployment -> {
            deployment
                    .getSpec()
                    .getTemplate()
                    .getSpec()
                    .getContainers()
                    .getFirst()
                    .setArgs(List.of("--help"));
            return deployment;
        });
        within().untilAsserted(() -> assertThat(deployments
                        .withName("default-dataplane")
                        .get()
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getArgs())
                .contains("dataplane"));
        var budgets = cluster.client().policy().v1().podDisruptionBudget().inNamespace(InstalledCluster.NAMESPACE);
        budgets.withName("default-dataplane").delete();
        within().until(() -> budgets.withName("default-dataplane").get() != null);
        within().until(() -> cluster.dataPlanes().size() == 2
                && cluster.dataPlanes().stream().allMatch(Readiness::isPodReady));
    }

    /** Waits until every data plane serves a host. */
    private static void served(String host) {
        within().untilAsserted(() -> {
            assertThat(cluster.dataPlanes()).hasSize(2);
            for (Pod plane : cluster.dataPlanes()) {
                assertThat(InstalledCluster.web(plane).get(host, "/").status()).isEqualTo(200);
            }
        });
    }

    private static Pod fresh(Pod pod) {
        return cluster.client().resource(pod).require();
    }

    private static String ingress(String name, String secret) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  %2$s
                  rules:
                  - host: %1$s.example.com
                    http:
                      paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: %1$s, port: {name: http}}}}
                """.formatted(
                name, secret.isEmpty() ? "" : "tls: [{hosts: [" + name + ".example.com], secretName: " + secret + "}]");
    }

    private static List<String> addresses(String ingress) {
        return cluster
                .client()
                .resources(Ingress.class)
                .inNamespace(SPACE)
                .withName(ingress)
                .require()
                .getStatus()
                .getLoadBalancer()
                .getIngress()
                .stream()
                .map(entry -> entry.getIp())
                .toList();
    }

    private static Set<String> names(List<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getName()).collect(Collectors.toSet());
    }

    private static Set<String> seen(WebClient client, String host, int requests) {
        Set<String> pods = new HashSet<>();
        for (int i = 0; i < requests; i++) {
            pods.add(Echo.of(client.get(host, "/")).pod());
        }
        return pods;
    }

    private static Set<String> answering(Callable<String> request, int requests) throws Exception {
        Set<String> pods = new HashSet<>();
        for (int i = 0; i < requests; i++) {
            pods.add(request.call()
                    .lines()
                    .filter(line -> line.contains("\"pod\""))
                    .findFirst()
                    .orElseThrow());
        }
        return pods;
    }

    /** A client that asks again and again, each time on a new connection, and counts what is not 200. */
    private static final class Traffic implements AutoCloseable {
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final AtomicInteger good = new AtomicInteger();
        private final List<String> bad = new java.util.concurrent.CopyOnWriteArrayList<>();
        private final Thread thread;

        Traffic(Callable<Integer> request) {
            thread = Thread.ofPlatform().daemon().start(() -> {
                while (!stopped.get()) {
                    try {
                        int status = request.call();
                        if (status == 200) {
                            good.incrementAndGet();
                        } else {
                            bad.add("status " + status);
                        }
                    } catch (Exception | AssertionError e) {
                        bad.add(String.valueOf(e));
                    }
                }
            });
        }

        /** Waits for a hundred more, and that all went well since the beginning. */
        void assertNoneFailed() {
            int soFar = good.get();
            within().until(() -> good.get() > soFar + 100 || !bad.isEmpty());
            assertThat(bad).as("after %d good requests", good.get()).isEmpty();
        }

        @Override
        public void close() {
            stopped.set(true);
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}

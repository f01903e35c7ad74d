package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.InstalledCluster.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.e2e.InstalledCluster.Echo;
import dev.gatehouse.testkit.RawClient;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pods that fail, in front of which stand two data planes: what clients notice of them. */
class ResilienceIT {

    private static final String SPACE = "resilience";
    private static final int ROLLOUT_REQUESTS = 20_000;
    private static final int CLIENTS = 8;
    private static final int REQUESTS_PER_CONNECTION = 100;

    private static InstalledCluster cluster;

    @BeforeAll
    static void start() {
        cluster = InstalledCluster.get();
        cluster.namespace(SPACE);
    }

    /** A client's connection to one data plane. */
    private static RawClient connect(Pod plane) {
        try {
            return RawClient.over(new Socket(plane.getStatus().getPodIP(), 8080));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RawClient.Response get(RawClient client, String host) {
        return client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").readResponse();
    }

    private static void served(String host) {
        within().untilAsserted(() -> {
            assertThat(cluster.dataPlanes()).hasSize(2);
            for (Pod plane : cluster.dataPlanes()) {
                assertThat(InstalledCluster.web(plane).get(host, "/").status()).isEqualTo(200);
            }
        });
    }

    private static String pod(String app) {
        return cluster.pods(SPACE, "app", app).getFirst().getStatus().getPodIP();
    }

    /**
     * One of its two endpoints is a data plane again, whose rule for the rewritten host answers half of the requests by itself, by
     * chance and not in turn: one of that rule's backends has no endpoint.
     */
    private static String halfFails(Pod plane, int failing) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: resilience, name: half}
                spec:
                  ingressClassName: gatehouse
                  hosts: [half.example.com]
                  rules:
                  - backends:
                    - {service: half, port: http, weight: %3$d, variant: answers}
                    - {service: nobody, port: http, weight: %4$d, variant: fails}
                    split: {name: chance, by: {header: x-chance}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: resilience, name: nobody}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: resilience, name: mixed}
                spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: resilience, name: mixed-1, labels: {kubernetes.io/service-name: mixed}}
                addressType: IPv4
                ports: [{name: http, port: 8080}]
                endpoints:
                - {addresses: [%1$s], conditions: {ready: true}}
                - {addresses: [%2$s], conditions: {ready: true}}
                ---
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: resilience, name: mixed}
                spec:
                  ingressClassName: gatehouse
                  hosts: [mixed.example.com]
                  rules:
                  - filters: [{rewrite: {host: half.example.com}}, {requestHeaders: {set: {x-chance: "${request.id}"}}}]
                    backends: [{service: mixed, port: http}]
                    health: {outlier: {consecutiveFailures: 3, ejectFor: 5s}}
                """.formatted(pod("well"), plane.getStatus().getPodIP(), 100 - failing, failing);
    }

    @Test
    void aBackendThatFailsHalfOfItsAnswersIsEjectedAndComesBack() {
        cluster.backend(SPACE, "well", 1);
        cluster.backend(SPACE, "half", 1);
        List<Pod> planes = cluster.dataPlanes();
        Pod asked = planes.get(0);
        cluster.kubectlApply(halfFails(planes.get(1), 50));
        within().untilAsserted(() -> assertThat(InstalledCluster.web(asked)
                        .get("mixed.example.com", "/")
                        .status())
                .isIn(200, 503));
        // A quarter of them would have failed otherwise.
        within().untilAsserted(() -> assertThat(answers(asked)).containsExactly("well"));
        cluster.kubectlApply(halfFails(planes.get(1), 0));
        within().untilAsserted(() -> assertThat(answers(asked)).containsExactlyInAnyOrder("well", "half"));
    }

    /** Who answers fifty requests, or with what status. */
    private static Set<String> answers(Pod plane) {
        Set<String> answered = new HashSet<>();
        try (RawClient client = connect(plane)) {
            for (int i = 0; i < 50; i++) {
                RawClient.Response answer = get(client, "mixed.example.com");
                answered.add(answer.status() == 200 ? Echo.of(answer).deployment() : "status " + answer.status());
            }
        }
        return answered;
    }

    private static String deployment(int version) {
        return """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {namespace: resilience, name: rolled}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: rolled}}
                  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
                  template:
                    metadata: {labels: {app: rolled, version: v%d}}
                    spec:
                      containers:
                      - name: echo
                        image: gatehouse.test/echo:1
                        imagePullPolicy: Never
                        args: [-drain=abrupt]
                        ports: [{name: web, containerPort: 8080}]
                        readinessProbe: {httpGet: {path: /healthz, port: web}, periodSeconds: 1}
                """.formatted(version);
    }

    private static boolean isRolledOut(int version) {
        List<Pod> pods = cluster.pods(SPACE, "version", "v" + version);
        return pods.size() == 3
                && pods.stream().allMatch(Readiness::isPodReady)
                && cluster.pods(SPACE, "app", "rolled").size() == 3;
    }

    /** Its pods cut every connection the moment they are told to stop, as many do. */
    @Test
    void retriesHideARollingRestart() throws InterruptedException {
        cluster.backend(SPACE, "rolled", 3);
        cluster.kubectlApply(deployment(0));
        cluster.kubectlApply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: resilience, name: rolled}
                spec:
                  ingressClassName: gatehouse
                  hosts: [rolled.example.com]
                  rules:
                  - backends: [{service: rolled, port: http}]
                    retries: {attempts: 3, on: [connect-failure, refused-stream, reset, gateway-error], budget: 100%}
                """);
        within().atMost(Duration.ofMinutes(3)).until(() -> isRolledOut(0));
        served("rolled.example.com");
        List<Pod> planes = cluster.dataPlanes();
        AtomicLong requests = new AtomicLong();
        AtomicInteger rollouts = new AtomicInteger();
        Queue<String> failed = new ConcurrentLinkedQueue<>();
        Set<String> pods = ConcurrentHashMap.newKeySet();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Pod plane = planes.get(i % planes.size());
            clients.add(Thread.ofPlatform().start(() -> {
                while (requests.get() < ROLLOUT_REQUESTS || rollouts.get() == 0) {
                    try (RawClient client = connect(plane)) {
                        for (int request = 0; request < REQUESTS_PER_CONNECTION; request++) {
                            RawClient.Response answer = get(client, "rolled.example.com");
                            requests.incrementAndGet();
                            if (answer.status() == 200) {
                                pods.add(Echo.of(answer).pod());
                            } else {
                                failed.add(answer.head());
                            }
                        }
                    } catch (RuntimeException e) {
                        failed.add(e.toString());
                    }
                }
            }));
        }
        within().until(() -> pods.size() == 3); // all of before
        cluster.kubectlApply(deployment(1));
        within().atMost(Duration.ofMinutes(5)).until(() -> isRolledOut(1));
        List<String> after = cluster.pods(SPACE, "version", "v1").stream()
                .map(pod -> pod.getMetadata().getName())
                .toList();
        within().until(() -> pods.containsAll(after));
        rollouts.incrementAndGet();
        for (Thread client : clients) {
            client.join();
        }
        assertThat(failed).isEmpty();
        assertThat(requests.get()).isGreaterThanOrEqualTo(ROLLOUT_REQUESTS);
        assertThat(pods).hasSizeGreaterThanOrEqualTo(6); // three of before and three of after have answered
    }
}

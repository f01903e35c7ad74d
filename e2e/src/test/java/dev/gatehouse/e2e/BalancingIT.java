package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.InstalledCluster.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.e2e.InstalledCluster.Echo;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Canaries and sticky sessions as a user has them: through two data planes, in front of real pods, changed by kubectl. */
class BalancingIT {

    private static final String SPACE = "balance";

    private static InstalledCluster cluster;
    private static WebClient web;

    @BeforeAll
    static void start() {
        cluster = InstalledCluster.get();
        web = cluster.web();
        cluster.namespace(SPACE);
    }

    private static String canary(int stable, int next) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: balance, name: canary}
                spec:
                  ingressClassName: gatehouse
                  hosts: [canary.example.com]
                  rules:
                  - backends:
                    - {service: stable, port: http, weight: %d}
                    - {service: next, port: http, weight: %d}
                """.formatted(stable, next);
    }

    /** Counts who answers requests, which pass through both data planes. */
    private static Map<String, Integer> answers(String host, int requests) {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < requests; i++) {
            counts.merge(Echo.of(web.get(host, "/")).deployment(), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void aCanaryGetsItsShareAndMoreByKubectlApply() {
        cluster.backend(SPACE, "stable", 2);
        cluster.backend(SPACE, "next", 1);
        cluster.kubectlApply(canary(100, 0));
        served("canary.example.com");
        assertThat(answers("canary.example.com", 100)).containsOnlyKeys("stable");

        cluster.kubectlApply(canary(90, 10));
        live("canary");
        Map<String, Integer> tenth = answers("canary.example.com", 1000);
        // Each data plane keeps to the weights exactly, in its own turn.
        assertThat(tenth.getOrDefault("next", 0)).isBetween(95, 105);
        assertThat(tenth.getOrDefault("stable", 0)).isBetween(895, 905);

        cluster.kubectlApply(canary(50, 50));
        live("canary");
        assertThat(answers("canary.example.com", 200).getOrDefault("next", 0)).isBetween(95, 105);
    }

    @Test
    void stickySessionsSurviveAScaleFromThreeToSixPods() {
        cluster.backend(SPACE, "session", 3);
        cluster.kubectlApply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: balance, name: session}
                spec:
                  ingressClassName: gatehouse
                  hosts: [session.example.com]
                  rules:
                  - backends: [{service: session, port: http}]
                    loadBalancing: {policy: leastRequest, stickyCookie: {maxAge: 1h}}
                """);
        served("session.example.com");
        Map<String, String> sessions = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            RawClient.Response first = web.get("session.example.com", "/");
            String cookie = first.field("set-cookie");
            sessions.put(
                    cookie.substring(0, cookie.indexOf(';')), Echo.of(first).pod());
        }
        assertThat(new HashSet<>(sessions.values())).hasSize(3);
        assertStay(sessions);

        cluster.backend(SPACE, "session", 6);
        within().untilAsserted(() -> {
            Set<String> fresh = new HashSet<>();
            for (int i = 0; i < 60; i++) {
                fresh.add(Echo.of(web.get("session.example.com", "/")).pod());
            }
            assertThat(fresh).hasSize(6);
        });
        assertStay(sessions);

        cluster.backend(SPACE, "session", 2);
        Set<String> left = cluster.pods(SPACE, "app", "session").stream()
                .map(pod -> pod.getMetadata().getName())
                .collect(Collectors.toSet());
        within().untilAsserted(() -> {
            for (int i = 0; i < 20; i++) {
                assertThat(Echo.of(web.get("session.example.com", "/")).pod()).isIn(left);
            }
        });
        sessions.forEach((cookie, pod) -> {
            RawClient.Response answer = web.getWith("Cookie: " + cookie, "session.example.com", "/");
            if (left.contains(pod)) {
                assertThat(Echo.of(answer).pod()).isEqualTo(pod);
            } else {
                within().untilAsserted(() -> assertThat(
                                Echo.of(web.getWith("Cookie: " + cookie, "session.example.com", "/"))
                                        .pod())
                        .isIn(left));
            }
        });
    }

    private static void assertStay(Map<String, String> sessions) {
        List<String> moved = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            sessions.forEach((cookie, pod) -> {
                RawClient.Response answer = web.getWith("Cookie: " + cookie, "session.example.com", "/");
                if (!Echo.of(answer).pod().equals(pod)
                        || !answer.field("set-cookie").isEmpty()) {
                    moved.add(pod + " -> " + Echo.of(answer).pod());
                }
            });
        }
        assertThat(moved).isEmpty();
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

    /** Waits until every data plane serves the latest version of a route: what {@code kubectl wait} waits for. */
    private static void live(String route) {
        within().untilAsserted(() -> {
            var current = cluster.client()
                    .resources(dev.gatehouse.crds.ProxyRoute.class)
                    .inNamespace(SPACE)
                    .withName(route)
                    .require();
            assertThat(current.getStatus().conditions()).anySatisfy(condition -> {
                assertThat(condition.getType()).isEqualTo("Programmed");
                assertThat(condition.getStatus()).isEqualTo("True");
                assertThat(condition.getObservedGeneration())
                        .isEqualTo(current.getMetadata().getGeneration());
            });
        });
    }
}

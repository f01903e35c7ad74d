package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.InstalledCluster.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gatehouse.e2e.InstalledCluster.Echo;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The 30 scenarios of Kubernetes' ingress-controller-conformance suite, in our own words: default backend 6, host rules 6,
 * ingress class 1, load balancing 1, path rules 16.
 */
class ConformanceIT {

    private static final String SPACE = "conformance";

    private static InstalledCluster cluster;
    private static WebClient web;

    /** A request and who is to answer it. */
    private record Case(String method, String host, String path, String deployment) {
        @Override
        public String toString() {
            return method + " " + host + path + " -> " + (deployment.isEmpty() ? "404" : deployment);
        }
    }

    @BeforeAll
    static void start() {
        cluster = InstalledCluster.get();
        web = cluster.web();
        cluster.namespace(SPACE);
        for (String name : List.of("exact-host", "wild-host", "one", "two", "three", "fallback")) {
            cluster.backend(SPACE, name, 1);
        }
    }

    @TestFactory
    Stream<DynamicTest> aSingleDefaultBackendTakesEverythingAsItCame() {
        cluster.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: conformance, name: default-backend}
                spec:
                  ingressClassName: gatehouse
                  defaultBackend: {service: {name: fallback, port: {name: http}}}
                """);
        return cases(List.of(
                        new Case("GET", "my-host", "/", "fallback"),
                        new Case("GET", "my-host", "/sub-path", "fallback"),
                        new Case("POST", "some-host", "/", "fallback"),
                        new Case("PUT", "no-host", "/resource", "fallback"),
                        new Case("DELETE", "some-host", "/resource", "fallback"),
                        new Case("PATCH", "my-host", "/resource", "fallback")))
                .onClose(() -> delete("default-backend"));
    }

    @TestFactory
    Stream<DynamicTest> hostsAreExactOrOneLabelWild() {
        TestCertificate exact = TestCertificate.of("foo.bar.com");
        cluster.apply(exact.secretYaml(SPACE, "exact-tls"));
        cluster.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: conformance, name: hosts}
                spec:
                  ingressClassName: gatehouse
                  tls: [{hosts: [foo.bar.com], secretName: exact-tls}]
                  rules:
                  - host: foo.bar.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: exact-host, port: {name: http}}}}]
                  - host: "*.foo.com"
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: wild-host, port: {name: http}}}}]
                """);
        return Stream.concat(
                cases(List.of(
                        new Case("GET", "foo.bar.com", "/", "exact-host"),
                        new Case("GET", "sub.foo.bar.com", "/", ""),
                        new Case("GET", "bar.foo.com", "/", "wild-host"),
                        new Case("GET", "baz.bar.foo.com", "/", ""),
                        new Case("GET", "foo.com", "/", ""))),
                Stream.of(dynamicTest(
                        "TLS for foo.bar.com shows its certificate",
                        () -> within().untilAsserted(() -> {
                            assertThat(web.certificate("foo.bar.com")).isEqualTo(exact.certificate());
                            assertThat(Echo.of(web.getSecurely("foo.bar.com", "/"))
                                            .deployment())
                                    .isEqualTo("exact-host");
                        }))));
    }

    @Test
    void anIngressOfAnotherClassIsLeftAlone() {
        cluster.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: conformance, name: other-class}
                spec:
                  ingressClassName: some-other-class
                  rules:
                  - host: other-class.example.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {name: http}}}}]
                """);
        cluster.apply(paths("our-class", "ours.example.com", "{path: /, pathType: Prefix", "one"));
        // What came later is served and has its address: the other was seen as well by now.
        within().untilAsserted(() -> {
            assertThat(web.get("ours.example.com", "/").status()).isEqualTo(200);
            assertThat(ingress("our-class").getStatus().getLoadBalancer().getIngress())
                    .isNotEmpty();
        });
        assertThat(web.get("other-class.example.com", "/").status()).isEqualTo(404);
        assertThat(ingress("other-class").getStatus().getLoadBalancer().getIngress())
                .isEmpty();
    }

    @Test
    void tenPodsShareAHundredRequestsEvenly() {
        cluster.backend(SPACE, "ten", 10);
        cluster.apply(paths("ten", "ten.example.com", "{path: /, pathType: Prefix", "ten"));
        WebClient one = InstalledCluster.web(cluster.dataPlanes().getFirst());
        within().untilAsserted(() -> {
            Map<String, Integer> counts = new HashMap<>();
            for (int i = 0; i < 100; i++) {
                counts.merge(Echo.of(one.get("ten.example.com", "/")).pod(), 1, Integer::sum);
            }
            assertThat(counts).hasSize(10);
            assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(5, 20));
        });
    }

    @TestFactory
    Stream<DynamicTest> pathsAreExactOrPrefixesOfElements() {
        cluster.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: conformance, name: paths}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: exact.example.com
                    http:
                      paths: [{path: /foo, pathType: Exact, backend: {service: {name: one, port: {name: http}}}}]
                  - host: prefix.example.com
                    http:
                      paths:
                      - {path: /foo, pathType: Prefix, backend: {service: {name: one, port: {name: http}}}}
                      - {path: /aaa/bbb/, pathType: Prefix, backend: {service: {name: two, port: {name: http}}}}
                      - {path: /aaa, pathType: Prefix, backend: {service: {name: three, port: {name: http}}}}
                  - host: mixed.example.com
                    http:
                      paths:
                      - {path: /foo, pathType: Prefix, backend: {service: {name: one, port: {name: http}}}}
                      - {path: /foo, pathType: Exact, backend: {service: {name: two, port: {name: http}}}}
                """);
        return cases(List.of(
                new Case("GET", "exact.example.com", "/foo", "one"),
                new Case("GET", "exact.example.com", "/foo/", ""),
                new Case("GET", "exact.example.com", "/FOO", ""),
                new Case("GET", "exact.example.com", "/bar", ""),
                new Case("GET", "prefix.example.com", "/foo", "one"),
                new Case("GET", "prefix.example.com", "/foo/", "one"),
                new Case("GET", "prefix.example.com", "/FOO", ""),
                new Case("GET", "prefix.example.com", "/aaa/bbb", "two"),
                new Case("GET", "prefix.example.com", "/aaa/bbb/", "two"),
                new Case("GET", "prefix.example.com", "/aaa/bbb/ccc", "two"),
                new Case("GET", "prefix.example.com", "/aaa/bbbxyz", "three"),
                new Case("GET", "prefix.example.com", "/aaa/ccc", "three"),
                new Case("GET", "prefix.example.com", "/aaaccc", ""),
                new Case("GET", "mixed.example.com", "/foo", "two"),
                new Case("GET", "mixed.example.com", "/foo/", "one"),
                new Case("GET", "mixed.example.com", "/foo/bar", "one")));
    }

    private static Stream<DynamicTest> cases(List<Case> cases) {
        return cases.stream()
                .map(c -> dynamicTest(
                        c.toString(),
                        () -> within().untilAsserted(() -> {
                            var response = web.request(c.method(), c.host(), c.path());
                            if (c.deployment().isEmpty()) {
                                assertThat(response.status()).isEqualTo(404);
                                return;
                            }
                            Echo echo = Echo.of(response);
                            assertThat(echo.deployment()).isEqualTo(c.deployment());
                            assertThat(echo.method()).isEqualTo(c.method());
                            assertThat(echo.path()).isEqualTo(c.path());
                            assertThat(echo.host()).isEqualTo(c.host());
                        })));
    }

    private static Ingress ingress(String name) {
        return cluster.client()
                .resources(Ingress.class)
                .inNamespace(SPACE)
                .withName(name)
                .require();
    }

    private static void delete(String name) {
        cluster.client()
                .resources(Ingress.class)
                .inNamespace(SPACE)
                .withName(name)
                .delete();
        within().untilAsserted(
                        () -> assertThat(web.get("my-host", "/").status()).isEqualTo(404));
    }

    private static String paths(String name, String host, String path, String service) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: conformance, name: %s}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: %s
                    http:
                      paths:
                      - %s, backend: {service: {name: %s, port: {name: http}}}}
                """.formatted(name, host, path, service);
    }
}

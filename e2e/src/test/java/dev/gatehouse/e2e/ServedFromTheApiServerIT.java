package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyPolicyStatus;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.OcspResponder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.Switchboard;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From an object applied to a real API server to a request served, and to what the object then says of itself. */
class ServedFromTheApiServerIT {

    private static final Duration BOUND = Duration.ofSeconds(90);

    private static Gatehouse gatehouse;
    private static Controller first;
    private static Controller second;
    private static DataPlane plane;
    private static DataPlane otherPlane;
    private static WebClient web;
    private static NamedBackend backend;
    private static final Switchboard SERVICE = new Switchboard();

    @BeforeAll
    static void start() throws InterruptedException, IOException {
        gatehouse = Gatehouse.start(Path.of("target/served"));
        backend = new NamedBackend("storefront");
        gatehouse.apply(backend.serviceYaml("shop", "storefront"));
        first = gatehouse.controller("first");
        second = gatehouse.controller("second");
        plane = gatehouse.dataPlane(first, "node-1");
        otherPlane = gatehouse.dataPlane(second, "node-2"); // whichever leads must know of both
        web = Gatehouse.web(plane);
        // Each replica has told the other of its data plane.
        within().untilAsserted(() -> assertThat(
                        gatehouse.client().leases().inNamespace(Gatehouse.NAMESPACE).list().getItems().stream()
                                .map(lease -> String.valueOf(lease.getMetadata().getAnnotations()))
                                .collect(Collectors.joining()))
                .contains("node-1", "node-2"));
    }

    @AfterAll
    static void stop() {
        backend.close();
        SERVICE.close();
        gatehouse.close();
    }

    @Test
    void aFleetThatAsksForProxyHeadersFromNobodyIsNotAccepted() {
        assertThatThrownBy(() -> gatehouse.apply(proxyProtocolFleet("")))
                .hasMessageContaining("proxyProtocol needs trustedProxies");
        gatehouse.apply(proxyProtocolFleet(", trustedProxies: [10.0.0.0/8]"));
    }

    private static String proxyProtocolFleet(String more) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: shop, name: balanced}
                spec: {replicas: 0, listeners: {proxyProtocol: true%s}}
                """.formatted(more);
    }

    @Test
    void anIngressIsServedAndShowsItsAddress() {
        TestCertificate certificate = TestCertificate.of("shop.example.com");
        gatehouse.apply(certificate.secretYaml("shop", "shop-tls"));
        gatehouse.apply(ingress("shop", "shop.example.com", "storefront", "{number: 80}", "shop-tls"));

        within().untilAsserted(() -> {
            assertThat(web.get("shop.example.com", "/").rawBody()).isEqualTo("storefront");
            assertThat(web.getSecurely("shop.example.com", "/").rawBody()).isEqualTo("storefront");
            assertThat(web.certificate("shop.example.com")).isEqualTo(certificate.certificate());
        });
        within().untilAsserted(
                        () -> assertThat(ingressAddresses("shop")).containsExactly("203.0.113.10", "edge.example.net"));

        TestCertificate next = TestCertificate.of("shop.example.com");
        gatehouse.apply(next.secretYaml("shop", "shop-tls"));
        within().untilAsserted(
                        () -> assertThat(web.certificate("shop.example.com")).isEqualTo(next.certificate()));

        gatehouse.client().resource(ingressOf("shop")).delete();
        within().untilAsserted(() ->
                assertThat(web.get("shop.example.com", "/").status()).isEqualTo(404));
    }

    @Test
    void bothReplicasComputeTheSameRoot() {
        gatehouse.apply(ingress("same-root", "same-root.example.com", "storefront", "{name: http}", ""));
        within().untilAsserted(() -> {
            assertThat(web.get("same-root.example.com", "/").status()).isEqualTo(200);
            var root = first.publisher().snapshot(Gatehouse.FLEET).orElseThrow().root();
            assertThat(second.publisher()
                            .snapshot(Gatehouse.FLEET)
                            .orElseThrow()
                            .root())
                    .isEqualTo(root);
            assertThat(plane.receiver().held().root()).isEqualTo(root);
        });
    }

    /** Keys of session tickets as the snapshot of a replica has them. */
    private static List<ByteString> ticketKeys(Controller controller) {
        return controller
                .publisher()
                .snapshot(Gatehouse.FLEET)
                .orElseThrow()
                .get(ShardId.tickets("https"))
                .map(shard -> {
                    try {
                        return shard.body().getTickets().getKeysList();
                    } catch (CorruptShardException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .orElse(List.of());
    }

    private static void sameTicketKeysEverywhere() {
        assertThat(ticketKeys(first)).isNotEmpty().isEqualTo(ticketKeys(second));
        var root = first.publisher().snapshot(Gatehouse.FLEET).orElseThrow().root();
        assertThat(plane.receiver().held().root()).isEqualTo(root);
        assertThat(otherPlane.receiver().held().root()).isEqualTo(root);
    }

    @Test
    void aSessionIsResumedOnTheDataPlaneOfAnotherReplica() throws Exception {
        within().untilAsserted(ServedFromTheApiServerIT::sameTicketKeysEverywhere);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        int one = plane.port("https");
        int other = otherPlane.port("https");
        long made = session(client, one);
        assertThat(session(client, other)).isEqualTo(made);

        // Twelve hours are over: whichever replica notices first moves the keys on, for all.
        List<ByteString> before = ticketKeys(first);
        Secret secret = gatehouse
                .client()
                .secrets()
                .inNamespace(Gatehouse.NAMESPACE)
                .withName("gatehouse-session-tickets")
                .edit(held -> new SecretBuilder(held)
                        .addToData(
                                "since",
                                Base64.getEncoder()
                                        .encodeToString(Instant.now()
                                                .minus(Duration.ofHours(13))
                                                .toString()
                                                .getBytes(StandardCharsets.US_ASCII)))
                        .build());
        within().untilAsserted(() -> {
            sameTicketKeysEverywhere();
            assertThat(ticketKeys(first)).hasSizeGreaterThan(2);
            assertThat(ticketKeys(first).getFirst()).isEqualTo(before.get(1));
            assertThat(ticketKeys(first).getLast()).isEqualTo(before.get(0));
        });
        assertThat(session(client, one)).isEqualTo(made);

        // Deleted: all tickets are void, and there are new ones.
        List<ByteString> rotated = ticketKeys(first);
        gatehouse.client().resource(secret).delete();
        within().untilAsserted(() -> {
            sameTicketKeysEverywhere();
            assertThat(ticketKeys(first)).doesNotContainAnyElementsOf(rotated);
        });
        long anew = session(client, other);
        assertThat(anew).isGreaterThan(made);
        assertThat(session(client, one)).isEqualTo(anew);
    }

    /** When the session was made in which one request was answered; Java remembers sessions by host and port. */
    private static long session(SSLContext context, int port) throws IOException {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                        .createSocket("127.0.0.1", SERVICE.to(port).port());
                RawClient client = RawClient.over(socket)) {
            client.send("GET / HTTP/1.1\r\nHost: fleet.example.com\r\n\r\n").readResponse();
            return socket.getSession().getCreationTime();
        }
    }

    @Test
    void whatTheIssuerSaysReachesTheDataPlanesOfAllReplicasAndARevocationTheObject() {
        TestCertificate authority = TestCertificate.authority("authority");
        try (OcspResponder responder = new OcspResponder(authority)) {
            CertificateBuilder certificates =
                    CertificateBuilder.of("ocsp.example.com").issuer(authority).responder(responder.uri());
            TestCertificate certificate = certificates.build();
            gatehouse.apply(TestCertificate.secretYaml(
                    "shop",
                    "ocsp-tls",
                    certificate.certificatePem() + authority.certificatePem(),
                    certificate.keyPem()));
            gatehouse.apply(ingress("ocsp", "ocsp.example.com", "storefront", "{number: 80}", "ocsp-tls"));
            ShardId staple = ShardId.staple("shop", "ocsp-tls");
            within().untilAsserted(() -> {
                assertThat(plane.receiver().held().get(staple)).isPresent();
                assertThat(otherPlane.receiver().held().get(staple))
                        .isEqualTo(plane.receiver().held().get(staple));
            });
            assertThat(responder.requests()).as("only who leads asks").isEqualTo(1);

            responder.behave(now -> now.revoked(Instant.parse("2026-01-02T03:04:05Z")));
            TestCertificate revoked = certificates.build();
            gatehouse.apply(TestCertificate.secretYaml(
                    "shop", "ocsp-tls", revoked.certificatePem() + authority.certificatePem(), revoked.keyPem()));
            within().untilAsserted(() -> {
                assertThat(events("ocsp").get("CertificateRevoked")).contains("shop/ocsp-tls", "2026-01-02T03:04:05Z");
                assertThat(plane.receiver().held().get(staple)).isEmpty();
                assertThat(web.certificate("ocsp.example.com")).isEqualTo(revoked.certificate());
                assertThat(gatehouse
                                .client()
                                .configMaps()
                                .inNamespace(Gatehouse.NAMESPACE)
                                .list()
                                .getItems())
                        .filteredOn(config -> config.getMetadata().getName().startsWith("gatehouse-ocsp-"))
                        .hasSize(1);
            });
        }
    }

    @Test
    void aProxyRouteTellsWhenItIsLive() {
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: api}
                spec:
                  ingressClassName: gatehouse
                  hosts: [api.example.com]
                  rules:
                  - matches: [{path: {prefix: /v1}}]
                    backends: [{service: storefront, port: 80}]
                """);
        within().untilAsserted(() ->
                assertThat(web.get("api.example.com", "/v1/x").rawBody()).isEqualTo("storefront"));
        within().untilAsserted(() -> {
            Map<String, Condition> conditions = conditions("api");
            assertThat(conditions.keySet()).containsExactlyInAnyOrder("Accepted", "ResolvedRefs", "Programmed");
            assertThat(conditions.values())
                    .allSatisfy(condition -> assertThat(condition.getStatus()).isEqualTo("True"));
            assertThat(condition("api", "Programmed").getMessage()).startsWith("2/2 data planes at ");
        });

        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: api}
                spec:
                  ingressClassName: gatehouse
                  hosts: [api.example.com]
                  rules:
                  - matches: [{path: {prefix: /v1}}]
                    backends: [{service: nowhere, port: 80}]
                """);
        within().untilAsserted(() -> {
            Condition refs = condition("api", "ResolvedRefs");
            assertThat(refs.getStatus()).isEqualTo("False");
            assertThat(refs.getReason()).isEqualTo("ServiceNotFound");
            assertThat(refs.getMessage()).contains("nowhere").contains("spec.rules[0].backends[0]");
            assertThat(refs.getObservedGeneration()).isEqualTo(2);
        });
        within().untilAsserted(() ->
                assertThat(web.get("api.example.com", "/v1/x").status()).isEqualTo(503));
    }

    @Test
    void whatIsWrongBecomesAnEvent() {
        TestCertificate expired = TestCertificate.valid(
                Instant.now().minus(Duration.ofDays(30)), Instant.now().minus(Duration.ofDays(1)), "late.example.com");
        gatehouse.apply(expired.secretYaml("shop", "late"));
        gatehouse.apply(ingress("late", "late.example.com", "storefront", "{number: 80}", "late"));
        gatehouse.apply(ingress("no-service", "no-service.example.com", "absent", "{number: 80}", ""));
        gatehouse.apply(ingress("no-port", "no-port.example.com", "storefront", "{name: grpc}", ""));
        gatehouse.apply(ingress("no-secret", "no-secret.example.com", "storefront", "{number: 80}", "absent"));
        gatehouse.apply(ingress("taken-1", "taken.example.com", "storefront", "{number: 80}", ""));
        within().untilAsserted(() ->
                assertThat(web.get("taken.example.com", "/").status()).isEqualTo(200));
        gatehouse.apply(ingress("taken-2", "taken.example.com", "storefront", "{number: 80}", ""));

        within().untilAsserted(() -> {
            assertThat(events("late")).containsKey("CertificateExpired");
            assertThat(events("no-service").get("ServiceNotFound")).contains("absent");
            assertThat(events("no-port").get("PortNotFound")).contains("grpc");
            assertThat(events("no-secret").get("SecretNotFound")).contains("absent");
            assertThat(events("taken-2").get("HostPathTaken")).contains("taken-1");
        });
        within().untilAsserted(() -> assertThat(web.certificate("late.example.com"))
                .as("an expired certificate is served all the same")
                .isEqualTo(expired.certificate()));
        within().untilAsserted(() ->
                assertThat(web.get("no-service.example.com", "/").status()).isEqualTo(503));
        gatehouse.apply(backend.serviceYaml("shop", "absent"));
        within().untilAsserted(() -> assertThat(events("no-service").get("Resolved"))
                .isEqualTo("is served as it is written; gone: ServiceNotFound"));
        assertThat(events("taken-1").keySet()).isSubsetOf("Programmed"); // nothing is wrong with it
    }

    @Test
    void aPolicyIsToldWhoUsesItAndARouteWhichRuleFails() {
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {namespace: shop, name: base}
                spec: {filters: [{responseHeaders: {set: {x-policy: base}}}]}
                """);
        gatehouse.apply("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {namespace: shop, name: policed}
                spec:
                  ingressClassName: gatehouse
                  hosts: [policed.example.com]
                  rules:
                  - {policies: [base], backends: [{service: storefront, port: 80}]}
                  - matches: [{path: {prefix: /x}}]
                    policies: [absent]
                    backends: [{service: storefront, port: 80}]
                """);
        within().untilAsserted(() -> {
            ProxyPolicyStatus policy = gatehouse
                    .client()
                    .resources(ProxyPolicy.class)
                    .inNamespace("shop")
                    .withName("base")
                    .get()
                    .getStatus();
            assertThat(policy.routes()).isEqualTo(1);
            assertThat(policy.conditions()).singleElement().satisfies(condition -> {
                assertThat(condition.getType()).isEqualTo("Accepted");
                assertThat(condition.getStatus()).isEqualTo("True");
            });
            var route = gatehouse
                    .client()
                    .resources(ProxyRoute.class)
                    .inNamespace("shop")
                    .withName("policed")
                    .get()
                    .getStatus();
            assertThat(route.rules()).singleElement().satisfies(rule -> {
                assertThat(rule.rule()).isEqualTo("spec.rules[1]");
                assertThat(rule.conditions().getFirst().getReason()).isEqualTo("PolicyNotFound");
            });
            assertThat(web.get("policed.example.com", "/").field("x-policy")).isEqualTo("base");
            assertThat(web.get("policed.example.com", "/x").field("gatehouse-reason"))
                    .isEqualTo("policy-not-found");
        });
        String admin = "http://127.0.0.1:" + first.port("admin");
        within().untilAsserted(() -> assertThat(ask(admin + "/explain?url=http%3A%2F%2Fpoliced.example.com%2Fx"))
                .contains("ProxyRoute/shop/policed#rules[1].matches[0]", "policy-not-found"));
    }

    private static String ask(String url) throws IOException {
        try (InputStream in = URI.create(url).toURL().openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void somebodyElsesIngressIsLeftAlone() {
        gatehouse.apply(ingress("theirs", "theirs.example.com", "storefront", "{number: 80}", "")
                .replace("ingressClassName: gatehouse", "ingressClassName: other"));
        gatehouse.apply(ingress("ours", "ours.example.com", "storefront", "{number: 80}", ""));
        within().untilAsserted(() -> assertThat(ingressAddresses("ours")).isNotEmpty());
        assertThat(web.get("theirs.example.com", "/").status()).isEqualTo(404);
        assertThat(ingressAddresses("theirs")).isEmpty();
        assertThat(events("theirs")).isEmpty();
    }

    @Test
    void endpointsFollowTheirSlices() {
        try (NamedBackend other = new NamedBackend("other")) {
            gatehouse.apply(other.serviceYaml("shop", "moving"));
            gatehouse.apply(ingress("moving", "moving.example.com", "moving", "{number: 80}", ""));
            within().untilAsserted(() ->
                    assertThat(web.get("moving.example.com", "/").rawBody()).isEqualTo("other"));

            gatehouse.apply(backend.serviceYaml("shop", "moving"));
            within().untilAsserted(() ->
                    assertThat(web.get("moving.example.com", "/").rawBody()).isEqualTo("storefront"));

            gatehouse.apply(backend.serviceYaml("shop", "moving").replace("ready: true", "ready: false"));
            within().untilAsserted(() -> {
                var answer = web.get("moving.example.com", "/");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.field("gatehouse-reason")).isEqualTo("no-endpoint");
            });
        }
    }

    private static ConditionFactory within() {
        return await().atMost(BOUND).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
    }

    private static String ingress(String name, String host, String service, String port, String secret) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %s}
                spec:
                  ingressClassName: gatehouse
                  %s
                  rules:
                  - host: %s
                    http:
                      paths:
                      - path: /
                        pathType: Prefix
                        backend: {service: {name: %s, port: %s}}
                """.formatted(
                        name,
                        secret.isEmpty() ? "" : "tls: [{hosts: [" + host + "], secretName: " + secret + "}]",
                        host,
                        service,
                        port);
    }

    private static Ingress ingressOf(String name) {
        return gatehouse
                .client()
                .resources(Ingress.class)
                .inNamespace("shop")
                .withName(name)
                .require();
    }

    private static List<String> ingressAddresses(String name) {
        var status = ingressOf(name).getStatus();
        return status == null
                        || status.getLoadBalancer() == null
                        || status.getLoadBalancer().getIngress() == null
                ? List.of()
                : status.getLoadBalancer().getIngress().stream()
                        .map(entry -> entry.getIp() != null ? entry.getIp() : entry.getHostname())
                        .toList();
    }

    private static Map<String, Condition> conditions(String route) {
        return gatehouse
                .client()
                .resources(ProxyRoute.class)
                .inNamespace("shop")
                .withName(route)
                .require()
                .getStatus()
                .conditions()
                .stream()
                .collect(Collectors.toMap(Condition::getType, Function.identity()));
    }

    private static Condition condition(String route, String type) {
        return conditions(route).values().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    /** Notes of the Events about an object, by reason. */
    private static Map<String, String> events(String object) {
        return gatehouse.client().resources(Event.class).inNamespace("shop").list().getItems().stream()
                .filter(event -> event.getRegarding().getName().equals(object))
                .collect(Collectors.toMap(Event::getReason, Event::getNote, (one, another) -> one + "\n" + another));
    }
}

package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.ShopObjects.ingress;
import static dev.gatehouse.e2e.TwoReplicas.root;
import static dev.gatehouse.e2e.TwoReplicas.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.OcspResponder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.Switchboard;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** From an object applied to a real API server to a request served, alike on the data planes of all replicas. */
class ServedFromTheApiServerIT {

    private static Gatehouse gatehouse;
    private static TwoReplicas replicas;
    private static ShopObjects objects;
    private static final Switchboard SERVICE = new Switchboard();

    @BeforeAll
    static void start() throws InterruptedException, IOException {
        gatehouse = Gatehouse.start(Path.of("target/served"));
        objects = new ShopObjects(gatehouse);
        replicas = TwoReplicas.start(gatehouse, Gatehouse.CARELESS);
    }

    @AfterAll
    static void stop() {
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
            assertThat(replicas.web().get("shop.example.com", "/").rawBody()).isEqualTo("storefront");
            assertThat(replicas.web().getSecurely("shop.example.com", "/").rawBody())
                    .isEqualTo("storefront");
            assertThat(replicas.web().certificate("shop.example.com")).isEqualTo(certificate.certificate());
        });
        within().untilAsserted(() ->
                assertThat(objects.addresses("shop")).containsExactly("203.0.113.10", "edge.example.net"));

        TestCertificate next = TestCertificate.of("shop.example.com");
        gatehouse.apply(next.secretYaml("shop", "shop-tls"));
        within().untilAsserted(() ->
                assertThat(replicas.web().certificate("shop.example.com")).isEqualTo(next.certificate()));

        gatehouse.client().resource(objects.ingress("shop")).delete();
        within().untilAsserted(() ->
                assertThat(replicas.web().get("shop.example.com", "/").status()).isEqualTo(404));
    }

    @Test
    void bothReplicasComputeTheSameRoot() {
        gatehouse.apply(ingress("same-root", "same-root.example.com", "storefront", "{name: http}", ""));
        within().untilAsserted(() -> {
            assertThat(replicas.web().get("same-root.example.com", "/").status())
                    .isEqualTo(200);
            var root = replicas.first()
                    .publisher()
                    .snapshot(Gatehouse.FLEET)
                    .orElseThrow()
                    .root();
            assertThat(replicas.second()
                            .publisher()
                            .snapshot(Gatehouse.FLEET)
                            .orElseThrow()
                            .root())
                    .isEqualTo(root);
            assertThat(replicas.plane().receiver().held().root()).isEqualTo(root);
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
        assertThat(ticketKeys(replicas.first())).isNotEmpty().isEqualTo(ticketKeys(replicas.second()));
        var root = replicas.first()
                .publisher()
                .snapshot(Gatehouse.FLEET)
                .orElseThrow()
                .root();
        assertThat(replicas.plane().receiver().held().root()).isEqualTo(root);
        assertThat(replicas.otherPlane().receiver().held().root()).isEqualTo(root);
    }

    @Test
    void aSessionIsResumedOnTheDataPlaneOfAnotherReplica() throws Exception {
        within().untilAsserted(ServedFromTheApiServerIT::sameTicketKeysEverywhere);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        int one = replicas.plane().port("https");
        int other = replicas.otherPlane().port("https");
        long made = session(client, one);
        assertThat(session(client, other)).isEqualTo(made);

        // Twelve hours are over: whichever replica notices first moves the keys on, for all.
        List<ByteString> before = ticketKeys(replicas.first());
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
            assertThat(ticketKeys(replicas.first())).hasSizeGreaterThan(2);
            assertThat(ticketKeys(replicas.first()).getFirst()).isEqualTo(before.get(1));
            assertThat(ticketKeys(replicas.first()).getLast()).isEqualTo(before.get(0));
        });
        assertThat(session(client, one)).isEqualTo(made);

        // Deleted: all tickets are void, and there are new ones.
        List<ByteString> rotated = ticketKeys(replicas.first());
        gatehouse.client().resource(secret).delete();
        within().untilAsserted(() -> {
            sameTicketKeysEverywhere();
            assertThat(ticketKeys(replicas.first())).doesNotContainAnyElementsOf(rotated);
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
                assertThat(replicas.plane().receiver().held().get(staple)).isPresent();
                assertThat(replicas.otherPlane().receiver().held().get(staple))
                        .isEqualTo(replicas.plane().receiver().held().get(staple));
            });
            assertThat(responder.requests()).as("only who leads asks").isEqualTo(1);

            responder.behave(now -> now.revoked(Instant.parse("2026-01-02T03:04:05Z")));
            TestCertificate revoked = certificates.build();
            gatehouse.apply(TestCertificate.secretYaml(
                    "shop", "ocsp-tls", revoked.certificatePem() + authority.certificatePem(), revoked.keyPem()));
            within().untilAsserted(() -> {
                assertThat(objects.events("ocsp").get("CertificateRevoked"))
                        .contains("shop/ocsp-tls", "2026-01-02T03:04:05Z");
                assertThat(replicas.plane().receiver().held().get(staple)).isEmpty();
                assertThat(replicas.web().certificate("ocsp.example.com")).isEqualTo(revoked.certificate());
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
    void somebodyElsesIngressIsLeftAlone() {
        gatehouse.apply(ingress("theirs", "theirs.example.com", "storefront", "{number: 80}", "")
                .replace("ingressClassName: gatehouse", "ingressClassName: other"));
        gatehouse.apply(ingress("ours", "ours.example.com", "storefront", "{number: 80}", ""));
        within().untilAsserted(() -> assertThat(objects.addresses("ours")).isNotEmpty());
        assertThat(replicas.web().get("theirs.example.com", "/").status()).isEqualTo(404);
        assertThat(objects.addresses("theirs")).isEmpty();
        assertThat(objects.events("theirs")).isEmpty();
    }

    @Test
    void endpointsFollowTheirSlices() {
        try (NamedBackend other = new NamedBackend("other")) {
            gatehouse.apply(other.serviceYaml("shop", "moving"));
            gatehouse.apply(ingress("moving", "moving.example.com", "moving", "{number: 80}", ""));
            within().untilAsserted(() -> assertThat(
                            replicas.web().get("moving.example.com", "/").rawBody())
                    .isEqualTo("other"));

            gatehouse.apply(replicas.backend().serviceYaml("shop", "moving"));
            within().untilAsserted(() -> assertThat(
                            replicas.web().get("moving.example.com", "/").rawBody())
                    .isEqualTo("storefront"));

            gatehouse.apply(replicas.backend().serviceYaml("shop", "moving").replace("ready: true", "ready: false"));
            within().untilAsserted(() -> {
                var answer = replicas.web().get("moving.example.com", "/");
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.field("gatehouse-reason")).isEqualTo("no-endpoint");
            });
        }
    }
}

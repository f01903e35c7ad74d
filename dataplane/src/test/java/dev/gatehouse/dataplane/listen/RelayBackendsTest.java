package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RelayFixture.HELLO;
import static dev.gatehouse.dataplane.listen.RelayFixture.HOST;
import static dev.gatehouse.dataplane.listen.RelayFixture.LONG;
import static dev.gatehouse.dataplane.listen.RelayFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which backend a TLS connection is passed through to, what it is told, and what the client is told where there is none. */
final class RelayBackendsTest {
    private static final String INTERNAL_ERROR = "\u0015\3\3\0\2\2\120";

    private final RelayFixture relay = new RelayFixture();
    private final ProxyFixture proxy = relay.proxy();

    @AfterEach
    void close() {
        relay.close();
    }

    private static byte[] header(ProxyVersion version, InetSocketAddress client, int port) {
        return ProxyProtocolWriter.header(
                version, new ProxiedAddresses(client, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void theBackendIsToldTheClientIfItAsksForIt(ProxyVersion version) throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    got.add(version == ProxyVersion.V2 ? conversation.exactly(28) : conversation.line());
                    got.add(conversation.exactly(HELLO.length));
                    conversation.send("answer");
                });
                RawClient client = relay.connectThrough(backend, Upstream.ProxyProtocol.valueOf(version.name()))) {
            client.send(HELLO);
            assertThat(client.readExactly(6)).isEqualTo("answer");
            int port = client.socket().getLocalPort();
            InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            assertThat(got.take()).isEqualTo(text(header(version, local, proxy.port("https"))));
            assertThat(got.take()).isEqualTo(text(HELLO));
        }
    }

    @Test
    void aClientThatCameWithAHeaderGoesOutWithIt() throws Exception {
        String line = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n";
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        proxy.listener("https", l -> l.setProxyProtocol(true).addTrustedProxies("127.0.0.0/8"));
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    got.add(conversation.line());
                    got.add(conversation.exactly(HELLO.length));
                    conversation.send("answer");
                });
                RawClient client = relay.connectThrough(backend, Upstream.ProxyProtocol.V1)) {
            client.send(line + text(HELLO));
            assertThat(client.readExactly(6)).isEqualTo("answer");
            assertThat(got).containsExactly(line, text(HELLO));
        }
    }

    private static InetSocketAddress closedPort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void anEndpointThatTakesNoConnectionIsPassedOver() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            conversation.exactly(HELLO.length);
            conversation.send("answer");
        })) {
            proxy.passThrough(HOST, "backend", backend.address(), closedPort());
            for (int i = 0; i < 6; i++) {
                try (RawClient client = relay.connect()) {
                    assertThat(client.send(HELLO).readExactly(6)).isEqualTo("answer");
                }
            }
            assertThat(backend.connections()).isEqualTo(6);
            assertThat(proxy.refusals()).isEmpty();
        }
    }

    private void assertRefused(String reason) {
        try (RawClient client = relay.connect()) {
            assertThat(client.send(HELLO).readToEnd()).isEqualTo(INTERNAL_ERROR);
        }
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly(reason));
        assertThat(proxy.passed()).isEmpty();
        await().until(() -> proxy.connections() == 0);
    }

    private void assertRefused(String reason, UnaryOperator<Rule.Builder> change) {
        proxy.passThrough(HOST, "backend", change, closedPort());
        assertRefused(reason);
    }

    @Test
    void whereNobodyTakesTheConnectionTheClientGetsAnAlert() {
        proxy.passThrough(HOST, "backend", closedPort(), closedPort());
        assertRefused("connect-failed");
    }

    @Test
    void aServiceWithoutEndpointsIsAnAlert() {
        proxy.passThrough(HOST, "backend");
        assertRefused("no-endpoint");
    }

    @Test
    void aServiceThatIsNotThereIsAnAlert() {
        assertRefused(
                "service-not-found",
                rule -> rule.clearBackends()
                        .addBackends(Backend.newBuilder().setWeight(1).setUnavailable("service-not-found")));
    }

    @Test
    void whatThisNodeDoesNotKnowIsRefused() {
        assertRefused("feature-unsupported", rule -> rule.addRequiredFeatures("tls.passthrough-of-tomorrow"));
    }

    @Test
    void theWeightsOfTheRuleShareConnections() {
        try (RecordingBackend one = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    conversation.send("one");
                });
                RecordingBackend two = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    conversation.send("two");
                })) {
            proxy.routeHost("two.example.com", "two", rule -> rule, two.address());
            proxy.passThrough(
                    HOST,
                    "backend",
                    rule -> rule.setBackends(0, rule.getBackends(0).toBuilder().setWeight(3))
                            .addBackends(Backend.newBuilder()
                                    .setUpstream("upstream/test/two/80")
                                    .setWeight(1)),
                    one.address());
            for (int i = 0; i < 8; i++) {
                try (RawClient client = relay.connect()) {
                    assertThat(client.send(HELLO).readExactly(3)).isIn("one", "two");
                }
            }
            assertThat(one.connections()).isEqualTo(6);
            assertThat(two.connections()).isEqualTo(2);
        }
    }

    /** Sends back what it gets, for as long as it may. */
    private static RecordingBackend echo() {
        return RecordingBackend.scripted(conversation -> {
            conversation.exactly(HELLO.length);
            while (true) {
                conversation.send(conversation.exactly(4));
            }
        });
    }

    /** With limits, and known by the name of its only endpoint. */
    private Endpoint limited(UnaryOperator<Upstream.CircuitBreaker.Builder> limits, InetSocketAddress... backends) {
        proxy.passThrough(HOST, "backend", backends)
                .routeTo(backends)
                .upstream(upstream -> upstream.setCircuitBreaker(limits.apply(Upstream.CircuitBreaker.newBuilder())));
        return proxy.endpoints().getFirst();
    }

    private void assertPasses(RawClient client) {
        assertThat(client.send(HELLO).send("ping").readExactly(4)).isEqualTo("ping");
    }

    @ParameterizedTest
    @ValueSource(strings = {"connections", "requests"})
    void anEndpointGetsNoMoreConnectionsThanItMayHave(String limit) {
        try (RecordingBackend backend = echo()) {
            Endpoint endpoint = limited(
                    limits -> limit.equals("requests") ? limits.setMaxRequests(2) : limits.setMaxConnections(2),
                    backend.address());
            try (RawClient first = relay.connect()) {
                assertPasses(first);
                try (RawClient second = relay.connect();
                        RawClient third = relay.connect()) {
                    assertPasses(second);
                    assertThat(third.send(HELLO).readToEnd()).isEqualTo(INTERNAL_ERROR);
                    await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly("circuit-open"));
                    assertThat(proxy.circuits()).containsExactly(limit);
                    assertThat(first.send("more").readExactly(4)).isEqualTo("more");
                }
                await().atMost(LONG).until(() -> proxy.passing() == 1);
                try (RawClient next = relay.connect()) {
                    assertPasses(next);
                }
            }
            await().atMost(LONG).until(() -> proxy.connections() == 0);
            assertThat(endpoint.requests()).isZero();
            assertThat(endpoint.capacity().connections()).isZero();
            assertThat(backend.connections()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"connections", "requests"})
    void whoHasRoomGetsTheConnectionsThatOthersMayNotHave(String limit) {
        try (RecordingBackend one = echo();
                RecordingBackend two = echo()) {
            limited(
                    limits -> limit.equals("requests") ? limits.setMaxRequests(1) : limits.setMaxConnections(1),
                    one.address(),
                    two.address());
            try (RawClient first = relay.connect();
                    RawClient second = relay.connect()) {
                assertPasses(first);
                assertPasses(second);
                try (RawClient third = relay.connect()) {
                    assertThat(third.send(HELLO).readToEnd()).isEqualTo(INTERNAL_ERROR);
                }
                assertThat(proxy.circuits()).containsExactly(limit);
            }
            assertThat(one.connections()).isOne();
            assertThat(two.connections()).isOne();
        }
    }

    @Test
    void anEndpointThatTakesNoConnectionHasItsPlacesBack() {
        InetSocketAddress nobody = closedPort();
        Endpoint endpoint = limited(limits -> limits.setMaxConnections(1).setMaxRequests(1), nobody);
        for (int i = 0; i < 5; i++) {
            try (RawClient client = relay.connect()) {
                assertThat(client.send(HELLO).readToEnd()).isEqualTo(INTERNAL_ERROR);
            }
        }
        await().untilAsserted(() -> assertThat(proxy.refusals()).hasSize(5).containsOnly("connect-failed"));
        assertThat(proxy.circuits()).isEmpty();
        assertThat(endpoint.requests()).isZero();
        assertThat(endpoint.capacity().connections()).isZero();
    }

    @Test
    void aPassedConnectionIsARequestOfItsEndpoint() {
        try (RecordingBackend backend = echo();
                RawClient passed = relay.connect()) {
            limited(limits -> limits.setMaxRequests(1), backend.address());
            assertPasses(passed);
            assertThat(proxy.endpoints().getFirst().isFull()).isTrue();
        }
    }
}

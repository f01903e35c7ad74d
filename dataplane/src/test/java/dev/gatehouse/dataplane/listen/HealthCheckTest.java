package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Endpoint.Absence;
import dev.gatehouse.dataplane.balance.Health;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Endpoints are asked whether they are well, and get no requests while they are not. */
final class HealthCheckTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    private static final String ILL = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nill";
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Upstream.HealthCheck.Http HEALTHZ = Upstream.HealthCheck.Http.newBuilder()
            .setPath("/healthz")
            .addStatuses(StatusRange.newBuilder().setFrom(200).setTo(399))
            .build();

    private static Upstream.HealthCheck.Builder check() {
        return Upstream.HealthCheck.newBuilder()
                .setIntervalMs(100)
                .setTimeoutMs(20_000)
                .setHealthyThreshold(2)
                .setUnhealthyThreshold(2);
    }

    private static ProxyFixture proxy(Upstream.HealthCheck.Builder check, InetSocketAddress... backends) {
        return new ProxyFixture().routeTo(backends).upstream(upstream -> upstream.setHealthCheck(check));
    }

    /** Healthy as long as it is true; requests are answered in any case. */
    private static RecordingBackend patient(AtomicBoolean well, List<String> checks) {
        return RecordingBackend.scripted(conversation -> {
            for (String request = conversation.request(); !request.isEmpty(); request = conversation.request()) {
                if (request.startsWith("GET /healthz")) {
                    checks.add(request);
                    conversation.send(well.get() ? OK : ILL);
                } else {
                    conversation.send(OK);
                }
            }
        });
    }

    private static Endpoint endpoint(ProxyFixture proxy, InetSocketAddress address) {
        return proxy.endpoints().stream()
                .filter(one -> one.address().equals(address))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitVerdict(ProxyFixture proxy, InetSocketAddress address, Health.Verdict verdict) {
        Endpoint endpoint = endpoint(proxy, address);
        await().atMost(LONG).until(() -> endpoint.health().verdict() == verdict);
        await().atMost(LONG).until(() -> endpoint.is(Absence.UNHEALTHY) == (verdict == Health.Verdict.UNHEALTHY));
    }

    /** The requests of clients that a backend got, without the checks. */
    private static long exchanges(RecordingBackend backend) {
        return backend.requests().stream()
                .filter(request -> request.startsWith("GET / "))
                .count();
    }

    private static InetSocketAddress nobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        }
    }

    @Test
    void anEndpointThatIsNotWellGetsNoRequestsUntilItIs() {
        AtomicBoolean well = new AtomicBoolean(true);
        List<String> checks = new CopyOnWriteArrayList<>();
        try (RecordingBackend patient = patient(well, checks);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(check().setHttp(HEALTHZ), patient.address(), good.address());
                RawClient client = proxy.client()) {
            awaitVerdict(proxy, patient.address(), Health.Verdict.HEALTHY);
            assertThat(checks.getFirst())
                    .startsWith("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:"
                            + patient.address().getPort());
            well.set(false);
            awaitVerdict(proxy, patient.address(), Health.Verdict.UNHEALTHY);
            assertThat(endpoint(proxy, patient.address()).health().failure()).isEqualTo("status-503");
            long before = exchanges(patient);
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(exchanges(patient)).isEqualTo(before);
            well.set(true);
            awaitVerdict(proxy, patient.address(), Health.Verdict.HEALTHY);
            for (int i = 0; i < 20; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(exchanges(patient)).isGreaterThan(before);
        }
    }

    /** What clients' requests cost an endpoint is counted without the checks, and connections are kept for them. */
    @Test
    void checksAreNoRequestsAndKeepTheirConnection() {
        List<String> checks = new CopyOnWriteArrayList<>();
        try (RecordingBackend patient = patient(new AtomicBoolean(true), checks);
                ProxyFixture proxy = proxy(check().setHttp(HEALTHZ), patient.address())) {
            await().atMost(LONG).until(() -> checks.size() >= 5);
            assertThat(patient.connections()).isEqualTo(1);
            assertThat(endpoint(proxy, patient.address()).requests()).isZero();
            assertThat(proxy.exchanges()).isEmpty();
            assertThat(proxy.checks()).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void whoNeverAnswersIsNotWell() {
        AtomicBoolean silent = new AtomicBoolean();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    silent.set(true);
                    conversation.awaitClose(LONG);
                });
                ProxyFixture proxy = proxy(check().setTimeoutMs(200).setHttp(HEALTHZ), backend.address())) {
            awaitVerdict(proxy, backend.address(), Health.Verdict.UNHEALTHY);
            await().atMost(LONG).untilTrue(silent);
            assertThat(endpoint(proxy, backend.address()).health().failure()).isEqualTo("timeout");
        }
    }

    @Test
    void anotherPortAndHostCanBeAsked() {
        List<String> checks = new CopyOnWriteArrayList<>();
        AtomicBoolean well = new AtomicBoolean(false);
        try (RecordingBackend status = patient(well, checks);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(
                        check().setHttp(HEALTHZ.toBuilder().setHost("shop.example.com"))
                                .setPort(status.address().getPort()),
                        good.address())) {
            awaitVerdict(proxy, good.address(), Health.Verdict.UNHEALTHY);
            assertThat(checks.getFirst()).contains("Host: shop.example.com\r\n");
            well.set(true);
            awaitVerdict(proxy, good.address(), Health.Verdict.HEALTHY);
            assertThat(good.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"204, 204, HEALTHY", "200, 203, UNHEALTHY", "500, 599, UNHEALTHY"})
    void onlyExpectedStatusesPass(int from, int to, Health.Verdict verdict) {
        try (RecordingBackend backend = RecordingBackend.answering("HTTP/1.1 204 No Content\r\n\r\n");
                ProxyFixture proxy = proxy(
                        check().setHttp(Upstream.HealthCheck.Http.newBuilder()
                                .setPath("/")
                                .addStatuses(
                                        StatusRange.newBuilder().setFrom(from).setTo(to))),
                        backend.address())) {
            awaitVerdict(proxy, backend.address(), verdict);
        }
    }

    @Test
    void aConnectionIsEnoughForTcp() throws IOException {
        Upstream.HealthCheck.Builder tcp = check().setTcp(Upstream.HealthCheck.Tcp.getDefaultInstance());
        InetSocketAddress nobody = nobody();
        try (RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(tcp, nobody, good.address());
                RawClient client = proxy.client()) {
            awaitVerdict(proxy, nobody, Health.Verdict.UNHEALTHY);
            awaitVerdict(proxy, good.address(), Health.Verdict.HEALTHY);
            assertThat(endpoint(proxy, nobody).health().failure()).isEqualTo("connect-failed");
            for (int i = 0; i < 10; i++) {
                assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            }
            assertThat(proxy.retries()).isEmpty();
        }
    }

    @Test
    void grpcServersTellTheirHealth() throws IOException, InterruptedException {
        HealthStatusManager health = new HealthStatusManager();
        health.setStatus("shop.Cart", ServingStatus.SERVING);
        Server server = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), InsecureServerCredentials.create())
                .addService(health.getHealthService())
                .build()
                .start();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getPort());
        try (ProxyFixture proxy =
                proxy(check().setGrpc(Upstream.HealthCheck.Grpc.newBuilder().setService("shop.Cart")), address)) {
            awaitVerdict(proxy, address, Health.Verdict.HEALTHY);
            health.setStatus("shop.Cart", ServingStatus.NOT_SERVING);
            awaitVerdict(proxy, address, Health.Verdict.UNHEALTHY);
            assertThat(endpoint(proxy, address).health().failure()).isEqualTo("grpc-not-serving");
            health.setStatus("shop.Cart", ServingStatus.SERVING);
            awaitVerdict(proxy, address, Health.Verdict.HEALTHY);
            health.clearStatus("shop.Cart");
            awaitVerdict(proxy, address, Health.Verdict.UNHEALTHY);
            assertThat(endpoint(proxy, address).health().failure()).isEqualTo("grpc-status-5");
            proxy.upstream(upstream ->
                    upstream.setHealthCheck(check().setGrpc(Upstream.HealthCheck.Grpc.getDefaultInstance())));
            awaitVerdict(proxy, address, Health.Verdict.HEALTHY);
        } finally {
            server.shutdownNow().awaitTermination();
        }
    }

    @Test
    void whoSpeaksNoGrpcIsNotWell() {
        try (RecordingBackend http1 = RecordingBackend.answering(OK);
                ProxyFixture proxy =
                        proxy(check().setGrpc(Upstream.HealthCheck.Grpc.getDefaultInstance()), http1.address())) {
            awaitVerdict(proxy, http1.address(), Health.Verdict.UNHEALTHY);
        }
    }

    /** A backend with TLS is asked over TLS, and one whose certificate is not to be trusted is not well. */
    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void checksAreMadeOverTls(HttpVersion version) {
        TestCertificate authority = TestCertificate.authority("health");
        for (boolean tcp : List.of(true, false)) {
            Upstream.HealthCheck.Builder check =
                    tcp ? check().setTcp(Upstream.HealthCheck.Tcp.getDefaultInstance()) : check().setHttp(HEALTHZ);
            try (ProxyFixture proxy = new ProxyFixture();
                    TlsBackend backend = new TlsBackend(proxy.vertx(), authority.issue("api.shop.svc"), version)) {
                proxy.routeTo(backend.address());
                proxy.upstream(upstream -> upstream.setTls(Upstream.Tls.newBuilder()
                                .setServerName("api.shop.svc")
                                .addTrusted(ByteString.copyFrom(authority.der())))
                        .setHealthCheck(check));
                awaitVerdict(proxy, backend.address(), Health.Verdict.HEALTHY);
                proxy.upstream(upstream -> upstream.setTls(Upstream.Tls.newBuilder()
                                .setServerName("another.shop.svc")
                                .addTrusted(ByteString.copyFrom(authority.der())))
                        .setHealthCheck(check));
                awaitVerdict(proxy, backend.address(), Health.Verdict.UNHEALTHY);
                assertThat(endpoint(proxy, backend.address()).health().failure())
                        .isEqualTo("backend-certificate-name");
            }
        }
    }

    /** PROXY protocol, 2.1: a health check comes from no client. */
    @Test
    void aCheckBeginsWithAProxyHeaderOfNobody() {
        List<String> lines = new CopyOnWriteArrayList<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    lines.add(conversation.line());
                    conversation.request();
                    conversation.send(OK);
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address())) {
            proxy.upstream(upstream ->
                    upstream.setProxyProtocol(Upstream.ProxyProtocol.V1).setHealthCheck(check().setHttp(HEALTHZ)));
            awaitVerdict(proxy, backend.address(), Health.Verdict.HEALTHY);
            assertThat(lines).isNotEmpty().allMatch(line -> line.strip().equals("PROXY UNKNOWN"));
        }
    }

    @Test
    void nobodyIsAskedOrLeftOutWhenNoRuleAsksForIt() {
        AtomicBoolean well = new AtomicBoolean(false);
        List<String> checks = new CopyOnWriteArrayList<>();
        try (RecordingBackend patient = patient(well, checks);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(check().setHttp(HEALTHZ), patient.address(), good.address())) {
            awaitVerdict(proxy, patient.address(), Health.Verdict.UNHEALTHY);
            proxy.upstream(upstream -> upstream);
            Endpoint endpoint = endpoint(proxy, patient.address());
            await().atMost(LONG).until(endpoint::usable);
            assertThat(endpoint.health().verdict()).isEqualTo(Health.Verdict.UNCHECKED);
            int then = checks.size();
            // Ten intervals' worth of another upstream's checks go by on the same event loop.
            int count = proxy.checks();
            proxy.routeHost("b.example.com", "other", rule -> rule, good.address())
                    .upstream("other", upstream -> upstream.setHealthCheck(check().setHttp(HEALTHZ)));
            await().atMost(LONG).until(() -> proxy.checks() >= count + 10);
            assertThat(checks.size()).isLessThanOrEqualTo(then + 1); // one may have been on its way
        }
    }

    @Test
    void anEndpointThatGoesIsAskedNoMoreAndOneThatComesIs() {
        List<String> first = new CopyOnWriteArrayList<>();
        List<String> second = new CopyOnWriteArrayList<>();
        try (RecordingBackend one = patient(new AtomicBoolean(true), first);
                RecordingBackend two = patient(new AtomicBoolean(true), second);
                ProxyFixture proxy = proxy(check().setHttp(HEALTHZ), one.address())) {
            await().atMost(LONG).until(() -> first.size() >= 2);
            proxy.routeTo(two.address()).upstream(upstream -> upstream.setHealthCheck(check().setHttp(HEALTHZ)));
            await().atMost(LONG).until(() -> second.size() >= 2);
            int then = first.size();
            await().atMost(LONG).until(() -> second.size() >= 12);
            assertThat(first.size()).isLessThanOrEqualTo(then + 1);
        }
    }

    /** They are all ill, or it is the question that is wrong: requests are worth a try. */
    @Test
    void whereNobodyIsWellEverybodyIsAsked() {
        try (RecordingBackend patient = patient(new AtomicBoolean(false), new CopyOnWriteArrayList<>());
                ProxyFixture proxy = proxy(check().setHttp(HEALTHZ), patient.address());
                RawClient client = proxy.client()) {
            awaitVerdict(proxy, patient.address(), Health.Verdict.UNHEALTHY);
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
        }
    }
}

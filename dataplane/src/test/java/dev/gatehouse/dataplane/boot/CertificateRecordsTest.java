package dev.gatehouse.dataplane.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.fixture.TestSnapshot;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Staple;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a data plane tells of its certificates, and that nothing it tells has a byte of their keys. */
class CertificateRecordsTest {

    private static final TestCertificate ECDSA = TestCertificate.of("a.example.com", "*.a.example.com");
    private static final TestCertificate RSA =
            CertificateBuilder.of("b.example.com").rsa(2048).build();

    private final DataPlane plane = DataPlane.start(new DataPlaneConfig(
            "127.0.0.1", 0, 0, 0, 1, Optional.empty(), Duration.ZERO, Duration.ofSeconds(1), "", Optional.empty()));

    @AfterEach
    void close() {
        plane.close();
    }

    private static Shard host(String name, String secret) {
        return Shard.of(
                ShardId.host(name),
                ShardBody.newBuilder()
                        .setHost(Host.newBuilder()
                                .setName(name)
                                .addCertificates(
                                        ShardId.certificate("shop", secret).toString()))
                        .build());
    }

    private void apply(Snapshot snapshot) {
        assertThat(plane.receiver()
                        .apply(snapshot.sorted(), List.of(), snapshot.root())
                        .error())
                .isEmpty();
    }

    private static TestSnapshot snapshot() {
        return new TestSnapshot()
                .put(host("a.example.com", "ecdsa"))
                .put(host("b.example.com", "rsa"))
                .certificate("ecdsa", List.of(ECDSA.der()), ECDSA.pkcs8())
                .certificate("rsa", List.of(RSA.der()), RSA.pkcs8());
    }

    private String ask(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + plane.port("admin") + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body();
        }
    }

    private void handshake(String serverName) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), new SecureRandom());
        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), plane.port("https"))) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(serverName)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
        }
    }

    private JsonObject record(String secret) throws Exception {
        JsonArray all = new JsonArray(ask("/certificates"));
        return IntStream.range(0, all.size())
                .mapToObj(all::getJsonObject)
                .filter(one -> one.getString("secret").equals(secret))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyCertificateHasARecord() throws Exception {
        Instant before = Instant.now();
        apply(snapshot().snapshot());
        plane.awaitListening();
        Instant after = Instant.now();

        assertThat(new JsonArray(ask("/certificates"))).hasSize(2);
        JsonObject ecdsa = record("shop/ecdsa");
        assertThat(ecdsa.getJsonArray("names")).isEqualTo(JsonArray.of("a.example.com", "*.a.example.com"));
        assertThat(ecdsa.getString("keyType")).isEqualTo("ECDSA P-256");
        assertThat(ecdsa.getString("fingerprint"))
                .isEqualTo(Digest.of(ECDSA.der()).hex());
        assertThat(ecdsa.getInstant("notAfter"))
                .isEqualTo(ECDSA.certificate().getNotAfter().toInstant());
        assertThat(ecdsa.getInstant("loadedSince")).isBetween(before, after);
        assertThat(ecdsa.getInstant("firstUsed")).isNull();

        handshake("a.example.com");
        Instant used = record("shop/ecdsa").getInstant("firstUsed");
        assertThat(used).isBetween(after, Instant.now());
        handshake("a.example.com");
        assertThat(record("shop/ecdsa").getInstant("firstUsed"))
                .as("the first time counts")
                .isEqualTo(used);
        assertThat(record("shop/rsa").getInstant("firstUsed")).isNull();

        TestCertificate next = TestCertificate.of("a.example.com");
        apply(snapshot().certificate("ecdsa", List.of(next.der()), next.pkcs8()).snapshot());
        assertThat(record("shop/ecdsa").getString("fingerprint"))
                .isEqualTo(Digest.of(next.der()).hex());
        assertThat(record("shop/ecdsa").getInstant("firstUsed")).isNull();
        assertThat(record("shop/ecdsa").getInstant("loadedSince")).isAfterOrEqualTo(used);
        assertThat(record("shop/rsa").getInstant("loadedSince")).isBetween(before, after);
    }

    private static Shard staple(Snapshot snapshot, Instant from, Instant until) {
        ShardId certificate = ShardId.certificate("shop", "ecdsa");
        return Shard.of(
                ShardId.staple("shop", "ecdsa"),
                ShardBody.newBuilder()
                        .setStaple(Staple.newBuilder()
                                .setCertificate(ByteString.copyFrom(snapshot.get(certificate)
                                        .orElseThrow()
                                        .digest()
                                        .toBytes()))
                                .setResponse(ByteString.copyFromUtf8("answer"))
                                .setThisUpdateS(from.getEpochSecond())
                                .setNextUpdateS(until.getEpochSecond()))
                        .build());
    }

    @Test
    void recordsAndMetricsTellUntilWhenAnAnswerOfTheIssuerIsShown() throws Exception {
        Instant now = Instant.ofEpochSecond(Instant.now().getEpochSecond());
        Instant until = now.plus(Duration.ofDays(3));
        Snapshot plain = snapshot().snapshot();
        apply(snapshot().put(staple(plain, now, until)).snapshot());
        assertThat(record("shop/ecdsa").getInstant("stapledUntil")).isEqualTo(until);
        assertThat(record("shop/rsa").containsKey("stapledUntil")).isFalse();
        String metric = "gatehouse_certificate_staple_next_update_timestamp_seconds{";
        assertThat(ask("/metrics")).containsOnlyOnce(metric + "namespace=\"shop\",secret=\"ecdsa\"}");
        // At its end it is no longer shown, and nobody says that it was.
        apply(snapshot()
                .put(staple(plain, now.minus(Duration.ofDays(3)), now.plus(Duration.ofMinutes(30))))
                .snapshot());
        assertThat(record("shop/ecdsa").containsKey("stapledUntil")).isFalse();
        assertThat(ask("/metrics")).doesNotContain(metric);
    }

    @Test
    void metricsTellWhenEachEnds() throws Exception {
        assertThat(ask("/metrics")).doesNotContain("not_after_timestamp_seconds{");
        apply(snapshot().snapshot());
        assertThat(gauge("rsa"))
                .isEqualTo(RSA.certificate().getNotAfter().toInstant().getEpochSecond());
        assertThat(gauge("ecdsa"))
                .isEqualTo(ECDSA.certificate().getNotAfter().toInstant().getEpochSecond());
    }

    private long gauge(String secret) throws Exception {
        String line = ask("/metrics")
                .lines()
                .filter(one ->
                        one.startsWith("gatehouse_certificate_not_after_timestamp_seconds{namespace=\"shop\",secret=\""
                                + secret + "\"}"))
                .findFirst()
                .orElseThrow();
        return (long) Double.parseDouble(line.substring(line.indexOf('}') + 1));
    }

    @Test
    void nothingThatIsToldHasAByteOfAKey() throws Exception {
        apply(snapshot().snapshot());
        plane.awaitListening();
        handshake("a.example.com");
        handshake("b.example.com");
        TestCertificate stranger = TestCertificate.of("a.example.com");
        Shard refused = Shard.of(
                ShardId.certificate("shop", "bad"),
                ShardBody.newBuilder()
                        .setCertificate(dev.gatehouse.snapshot.proto.Certificate.newBuilder()
                                .addChain(ByteString.copyFrom(ECDSA.der()))
                                .setPrivateKey(ByteString.copyFrom(stranger.pkcs8())))
                        .build());
        apply(snapshot().put(refused).snapshot());
        String told = ask("/certificates")
                + ask("/metrics")
                + ask("/snapshot")
                + plane.receiver().refused()
                + plane.receiver().held()
                + plane.receiver().held().sorted();
        assertThat(told).contains("does not belong to the certificate", "shop/ecdsa");
        String plain = told.toLowerCase(Locale.ROOT).replaceAll("\\s", "");
        for (TestCertificate one : List.of(ECDSA, RSA, stranger)) {
            BigInteger secret = one.keys().getPrivate() instanceof ECPrivateKey ec
                    ? ec.getS()
                    : ((RSAPrivateKey) one.keys().getPrivate()).getPrivateExponent();
            byte[] bytes = secret.toByteArray();
            for (int from = 0; from + 9 <= bytes.length; from++) {
                byte[] some = java.util.Arrays.copyOfRange(bytes, from, from + 9);
                assertThat(plain)
                        .doesNotContain(HexFormat.of().formatHex(some))
                        .doesNotContain(Base64.getEncoder().encodeToString(some).toLowerCase(Locale.ROOT))
                        .doesNotContain(new BigInteger(some).toString());
            }
        }
    }
}

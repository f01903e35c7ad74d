package dev.gatehouse.controller.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.StatusConfigMap;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.OcspResponder;
import dev.gatehouse.testkit.TestCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.data.TemporalUnitOffset;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked of issuers, when, and which of their answers are believed. */
@SuppressWarnings("TimeInStaticInitializer") // One time for all of a run: certificates are made for it.
class StatusKeeperTest {
    private static final TestCertificate AUTHORITY = TestCertificate.authority("authority");
    private static final TestCertificate STRANGER = TestCertificate.authority("stranger");
    private static final Instant NOW = Instant.now();

    private final OcspResponder responder = new OcspResponder(AUTHORITY);
    private final AtomicReference<Instant> clock = new AtomicReference<>(NOW);
    private final AtomicReference<Snapshot> snapshot = new AtomicReference<>(Snapshot.empty());
    private final StatusKeeper.Counts counts = new StatusKeeper.Counts();
    private final Store store = new Store();
    private final List<StatusKeeper> keepers = new ArrayList<>();

    private static final class Store implements StatusStore {
        private final Map<String, CertificateStatus> kept = new ConcurrentHashMap<>();

        @Override
        public Map<String, CertificateStatus> load() {
            return Map.copyOf(kept);
        }

        @Override
        public void put(String name, CertificateStatus status) {
            kept.put(name, status);
        }

        @Override
        public void remove(String name) {
            kept.remove(name);
        }
    }

    @AfterEach
    void close() {
        keepers.forEach(StatusKeeper::close);
        responder.close();
    }

    private static ConditionFactory within() {
        return await().atMost(Duration.ofSeconds(60));
    }

    private StatusKeeper keeper(boolean internalToo, Duration retry) {
        StatusKeeper keeper = StatusKeeper.start(
                () -> List.of(snapshot.get()),
                store,
                new OcspSettings(internalToo, Duration.ofSeconds(20), retry, clock::get),
                counts);
        keepers.add(keeper);
        return keeper;
    }

    private StatusKeeper keeper() {
        return keeper(true, Duration.ofMinutes(1));
    }

    private TestCertificate certificate(String uri) {
        return CertificateBuilder.of("a.example.com")
                .issuer(AUTHORITY)
                .responder(uri)
                .build();
    }

    private void serve(boolean off, TestCertificate... certificates) {
        List<Shard> shards = new ArrayList<>();
        shards.add(Shard.of(
                ShardId.listener("https"),
                ShardBody.newBuilder()
                        .setListener(Listener.newBuilder().setName("https").setOcspStaplingOff(off))
                        .build()));
        for (int i = 0; i < certificates.length; i++) {
            shards.add(Shard.of(
                    ShardId.certificate("shop", "tls-" + i),
                    ShardBody.newBuilder()
                            .setCertificate(Certificate.newBuilder()
                                    .addChain(ByteString.copyFrom(certificates[i].der()))
                                    .addChain(ByteString.copyFrom(AUTHORITY.der()))
                                    .setPrivateKey(ByteString.copyFrom(certificates[i].pkcs8())))
                            .build()));
        }
        snapshot.set(Snapshot.of(shards));
    }

    private static String name(TestCertificate certificate) {
        return StatusConfigMap.name(ByteString.copyFrom(certificate.der()));
    }

    private Optional<CertificateStatus> kept(TestCertificate certificate) {
        return Optional.ofNullable(store.kept.get(name(certificate)));
    }

    private CertificateStatus.Good good(TestCertificate certificate) {
        within().untilAsserted(() -> assertThat(kept(certificate)).containsInstanceOf(CertificateStatus.Good.class));
        return (CertificateStatus.Good) kept(certificate).orElseThrow();
    }

    @Test
    void anAnswerIsKeptAndAskedForAgainInTheMiddleOfItsLife() {
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        StatusKeeper keeper = keeper();
        CertificateStatus.Good first = good(certificate);
        assertThat(first.nextUpdate()).isCloseTo(NOW.plus(Duration.ofHours(47)), within(Duration.ofMinutes(5)));
        assertThat(counts.good().sum()).isEqualTo(1);

        clock.set(NOW.plus(Duration.ofHours(22)));
        keeper.look();
        responder.behave(now -> now.good(NOW.plus(Duration.ofHours(23)), Optional.of(NOW.plus(Duration.ofHours(71)))));
        await().during(Duration.ofMillis(500)).until(() -> responder.requests() == 1);

        clock.set(NOW.plus(Duration.ofHours(24)));
        keeper.look();
        within().untilAsserted(() -> assertThat(good(certificate).nextUpdate()).isAfter(first.nextUpdate()));
        assertThat(responder.requests()).isEqualTo(2);
    }

    private static TemporalUnitOffset within(Duration bound) {
        return Assertions.within(bound.toSeconds(), ChronoUnit.SECONDS);
    }

    @Test
    void whoLeadsNextGoesOnWithWhatIsKept() {
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        keeper();
        good(certificate);
        keeper();
        await().during(Duration.ofMillis(500)).until(() -> responder.requests() == 1);
    }

    @Test
    void aDelegateOfTheIssuerMayAnswer() {
        TestCertificate delegate = CertificateBuilder.of("ocsp.example.com")
                .issuer(AUTHORITY)
                .answersForIssuer()
                .build();
        responder.behave(now -> now.signer(delegate));
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        keeper();
        assertThat(good(certificate).response().size()).isLessThan(4096);
    }

    static Stream<Arguments> badAnswers() {
        TestCertificate noDelegate =
                CertificateBuilder.of("ocsp.example.com").issuer(AUTHORITY).build();
        TestCertificate foreign = CertificateBuilder.of("ocsp.example.com")
                .issuer(STRANGER)
                .answersForIssuer()
                .build();
        TestCertificate ended = CertificateBuilder.of("ocsp.example.com")
                .issuer(AUTHORITY)
                .answersForIssuer()
                .valid(NOW.minus(Duration.ofDays(2)), NOW.minus(Duration.ofDays(1)))
                .build();
        return Stream.of(
                answer("signed by a stranger", now -> now.signer(STRANGER)),
                answer("signed by one the issuer did not make for it", now -> now.signer(noDelegate)),
                answer("signed by a stranger's delegate", now -> now.signer(foreign)),
                answer("signed by a delegate of yesterday", now -> now.signer(ended)),
                answer("about another certificate", now -> now.serial(BigInteger.TEN)),
                answer(
                        "ended",
                        now -> now.good(NOW.minus(Duration.ofHours(2)), Optional.of(NOW.minus(Duration.ofHours(1))))),
                answer(
                        "of the future",
                        now -> now.good(NOW.plus(Duration.ofHours(1)), Optional.of(NOW.plus(Duration.ofHours(2))))),
                answer("without an end", now -> now.good(NOW.minus(Duration.ofHours(1)), Optional.empty())),
                answer(
                        "changed on the way",
                        now -> now.mangle(bytes -> {
                            byte[] changed = bytes.clone();
                            changed[changed.length - 5] ^= 1;
                            return changed;
                        })),
                answer("cut short", now -> now.mangle(bytes -> Arrays.copyOf(bytes, bytes.length / 2))),
                answer("empty", now -> now.mangle(bytes -> new byte[0])),
                answer("no DER", now -> now.mangle(bytes -> "<html>".getBytes(StandardCharsets.US_ASCII))),
                answer("huge", now -> now.mangle(bytes -> Arrays.copyOf(bytes, 1 << 20))),
                answer("a redirect", now -> now.status(302)),
                answer("an error", now -> now.status(500)));
    }

    private static Arguments answer(String name, UnaryOperator<OcspResponder.Behaviour> change) {
        return Arguments.argumentSet(name, change);
    }

    @ParameterizedTest
    @MethodSource("badAnswers")
    void aBadAnswerIsNotKept(UnaryOperator<OcspResponder.Behaviour> change) {
        responder.behave(change);
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        keeper(true, Duration.ofMillis(50));
        within().until(() -> counts.failed().sum() > 0);
        assertThat(kept(certificate)).isEmpty();
        assertThat(counts.good().sum() + counts.revoked().sum()).isZero();
    }

    @Test
    void aGoodAnswerOutlivesBadOnesAndFailuresAreRetriedEverMoreSlowly() {
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        StatusKeeper keeper = keeper();
        CertificateStatus.Good first = good(certificate);
        responder.behave(now -> now.status(503));
        for (int minutes : new int[] {0, 1, 3, 7}) {
            long before = counts.failed().sum();
            clock.set(NOW.plus(Duration.ofHours(24)).plus(Duration.ofMinutes(minutes)));
            keeper.look();
            within().until(() -> counts.failed().sum() == before + 1);
        }
        assertThat(kept(certificate)).contains(first);
    }

    @Test
    void aRevocationIsKeptInThePlaceOfAGoodAnswer() {
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        StatusKeeper keeper = keeper();
        good(certificate);
        Instant since = Instant.parse("2026-01-02T03:04:05Z");
        responder.behave(now -> now.revoked(since));
        clock.set(NOW.plus(Duration.ofHours(24)));
        keeper.look();
        within().untilAsserted(() -> assertThat(kept(certificate)).contains(new CertificateStatus.Revoked(since)));
        assertThat(counts.revoked().sum()).isEqualTo(1);
    }

    @Test
    void aResponderThatIsNotThereOrSaysNothingCostsOneWarning() throws IOException {
        int closed;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = gone.getLocalPort();
        }
        TestCertificate reachable = certificate(responder.uri());
        TestCertificate unreachable = certificate("http://127.0.0.1:" + closed + "/");
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            TestCertificate unanswered = certificate("http://127.0.0.1:" + silent.getLocalPort() + "/");
            serve(false, unanswered, unreachable, reachable);
            keepers.add(StatusKeeper.start(
                    () -> List.of(snapshot.get()),
                    store,
                    new OcspSettings(true, Duration.ofSeconds(4), Duration.ofHours(1), clock::get),
                    counts));
            within().until(() -> counts.failed().sum() == 2);
            assertThat(kept(unanswered)).isEmpty();
            assertThat(kept(unreachable)).isEmpty();
            good(reachable);
        }
    }

    @Test
    void nobodyIsAskedInsideUnlessThatIsAllowed() {
        TestCertificate certificate = certificate(responder.uri());
        serve(false, certificate);
        keeper(false, Duration.ofMillis(50));
        within().until(() -> counts.failed().sum() > 0);
        assertThat(responder.requests()).isZero();
        assertThat(kept(certificate)).isEmpty();
    }

    @Test
    void nobodyIsAskedAboutCertificatesThatNameNobodyOrOfFleetsThatDoNotStaple() {
        TestCertificate plain = AUTHORITY.issue("a.example.com");
        serve(false, plain);
        StatusKeeper keeper = keeper();
        serve(true, certificate(responder.uri()));
        keeper.look();
        await().during(Duration.ofMillis(500)).until(() -> responder.requests() == 0);
        assertThat(counts.failed().sum()).isZero();
        assertThat(store.kept).isEmpty();
    }

    @Test
    void whatIsNoLongerServedIsForgotten() {
        TestCertificate before = certificate(responder.uri());
        TestCertificate after = certificate(responder.uri());
        serve(false, before);
        StatusKeeper keeper = keeper();
        good(before);
        serve(false, after);
        keeper.look();
        good(after);
        assertThat(kept(before)).isEmpty();
    }
}

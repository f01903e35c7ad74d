package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the octets of a TLS connection that is passed through, and of its ends. */
final class RelayTest {
    private static final String HOST = "vault.example.com";
    private static final byte[] HELLO = Hello.of(HOST);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String INTERNAL_ERROR = "\u0015\3\3\0\2\2\120";

    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture(List.of(new ListenerBind("https", "127.0.0.1", 0, true)));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    private RawClient connect() {
        return RawClient.connect(proxy.port("https"));
    }

    private RawClient connectThrough(RecordingBackend backend) {
        passTo(backend);
        return connect();
    }

    private RawClient connectThrough(RecordingBackend backend, Upstream.ProxyProtocol header) {
        passTo(backend).upstream(upstream -> upstream.setProxyProtocol(header));
        return connect();
    }

    private ProxyFixture passTo(RecordingBackend... backends) {
        return proxy.passThrough(
                HOST,
                "backend",
                Arrays.stream(backends).map(RecordingBackend::address).toArray(InetSocketAddress[]::new));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void awaitEnd(PassthroughEnd end) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(proxy.passed())
                        .singleElement()
                        .satisfies(passed -> assertThat(passed.end()).isEqualTo(end)));
        assertThat(proxy.passing()).isZero();
        await().atMost(LONG).until(() -> proxy.connections() == 0);
    }

    @ParameterizedTest
    @CsvSource({"100000,100000", "1,100000", "3,1", "7,50", "100000,1"})
    void aHelloInPiecesIsUnderstoodAndPassedOnAsItCame(int inRecord, int inSegment) throws Exception {
        byte[] sent = Hello.inRecordsOf(inRecord, HELLO);
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    got.add(conversation.exactly(sent.length + 3));
                    conversation.send("answer");
                });
                RawClient client = connectThrough(backend)) {
            for (int from = 0; from < sent.length; from += inSegment) {
                client.send(Arrays.copyOfRange(sent, from, Math.min(sent.length, from + inSegment)));
            }
            client.send("..."); // as early data would be
            assertThat(client.readExactly(6)).isEqualTo("answer");
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo(text(sent) + "...");
        }
    }

    @Test
    void aHelloWithoutEndIsRefused() {
        try (RecordingBackend backend = RecordingBackend.ok("never");
                RawClient client = connectThrough(backend)) {
            byte[] record = new byte[16_384 + 5];
            record[0] = 22;
            record[1] = 3;
            record[2] = 3;
            record[3] = 0x40;
            record[5] = 1;
            record[6] = 1; // 65,536 bytes and more
            try {
                for (int i = 0; i < 100; i++) {
                    client.send(record);
                }
            } catch (java.io.UncheckedIOException e) {
                assertThat(e).hasCauseInstanceOf(SocketException.class); // refused while it sends
            }
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(proxy.refusals()).contains("tls-handshake-failed"));
            assertThat(backend.connections()).isZero();
        }
    }

    @Test
    void aHelloThatStopsArrivingIsNotWaitedForForever() {
        proxy.listener("https", listener -> listener.setHeaderTimeoutMs(300));
        try (RecordingBackend backend = RecordingBackend.ok("never");
                RawClient client = connectThrough(backend)) {
            client.send(Arrays.copyOf(HELLO, 50));
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.connections()).isZero();
        }
    }

    private static final class Digesting {
        private final MessageDigest digest;

        Digesting() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        void add(byte[] bytes, int length) {
            digest.update(bytes, 0, length);
        }

        String hex() {
            return HexFormat.of().formatHex(digest.digest());
        }
    }

    private static String digestOf(InputStream in, long length) throws IOException {
        Digesting digest = new Digesting();
        byte[] block = new byte[64 * 1024];
        long left = length;
        while (left > 0) {
            int n = in.read(block, 0, (int) Math.min(block.length, left));
            if (n < 0) {
                throw new IOException("closed " + left + " bytes before the end");
            }
            digest.add(block, n);
            left -= n;
        }
        return digest.hex();
    }

    /** Sends random bytes; returns their digest. */
    private static String sendRandom(long seed, long length, java.io.OutputStream out) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Digesting digest = new Digesting();
        byte[] block = new byte[50_000];
        for (long sent = 0; sent < length; sent += block.length) {
            random.nextBytes(block);
            digest.add(block, block.length);
            out.write(block);
        }
        return digest.hex();
    }

    @Test
    void aHundredMegabytesPassBothWaysAtOnceUnchanged() throws Exception {
        long size = 100_000_000;
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.socket().getInputStream().readNBytes(HELLO.length);
                    BlockingQueue<String> sent = new LinkedBlockingQueue<>();
                    Thread sender = Thread.ofVirtual().start(() -> {
                        try {
                            sent.add(sendRandom(1, size, conversation.socket().getOutputStream()));
                        } catch (IOException e) {
                            sent.add(String.valueOf(e));
                        }
                    });
                    seen.add(digestOf(conversation.socket().getInputStream(), size));
                    sender.join();
                    seen.add(sent.take());
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            BlockingQueue<String> sent = new LinkedBlockingQueue<>();
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    sent.add(sendRandom(2, size, client.socket().getOutputStream()));
                } catch (IOException e) {
                    sent.add(String.valueOf(e));
                }
            });
            String got = digestOf(client.socket().getInputStream(), size);
            sender.join();
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo(sent.take());
            assertThat(seen.poll(60, TimeUnit.SECONDS)).isEqualTo(got);
            assertThat(backend.failures()).isEmpty();
        }
        awaitEnd(PassthroughEnd.CLOSED);
        assertThat(proxy.passed().getFirst().bytesIn()).isEqualTo(size + HELLO.length);
        assertThat(proxy.passed().getFirst().bytesOut()).isEqualTo(size);
    }

    @Test
    void aClientThatClosesItsSideStillGetsTheAnswer() throws Exception {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    byte[] all = conversation.socket().getInputStream().readAllBytes();
                    conversation.send("got " + all.length);
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO).send("and more");
            await().until(() -> proxy.passing() == 1);
            client.socket().shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("got " + (HELLO.length + 8));
        }
        awaitEnd(PassthroughEnd.CLOSED);
    }

    @Test
    void aBackendThatClosesItsSideStillGetsWhatTheClientSends() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    conversation.send("bye");
                    conversation.socket().shutdownOutput();
                    got.add(text(conversation.socket().getInputStream().readAllBytes()));
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            assertThat(client.readToEnd()).isEqualTo("bye");
            client.send("last words");
            client.socket().shutdownOutput();
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo("last words");
        }
        awaitEnd(PassthroughEnd.CLOSED);
    }

    @Test
    void aSideThatHasClosedIsNotWaitedForForever() throws Exception {
        proxy.listener("https", listener -> listener.setRequestTimeoutMs(300));
        CountDownLatch over = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.awaitClose(LONG);
                    over.await();
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            await().until(() -> proxy.passing() == 1);
            client.socket().shutdownOutput();
            assertThat(client.readToEnd()).isEmpty();
            awaitEnd(PassthroughEnd.HALF_CLOSED);
            over.countDown();
        }
    }

    @Test
    void aConnectionOnWhichNobodySendsIsClosedWhenItsRuleSaysSo() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> conversation.awaitClose(LONG))) {
            proxy.passThrough(
                    HOST,
                    "backend",
                    rule -> rule.setTimeouts(Timeouts.newBuilder().setIdleMs(500)),
                    backend.address());
            try (RawClient client = connect()) {
                assertThat(client.send(HELLO).readToEnd()).isEmpty();
            }
            awaitEnd(PassthroughEnd.IDLE);
        }
    }

    @Test
    void aResetOfTheClientIsPassedOn() throws Exception {
        BlockingQueue<String> end = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try {
                conversation.exactly(HELLO.length);
                end.add("end " + conversation.socket().getInputStream().read());
            } catch (SocketException e) {
                end.add("reset");
            }
        })) {
            passTo(backend);
            try (RawClient client = connect()) {
                client.send(HELLO);
                await().until(() -> proxy.passing() == 1);
                client.socket().setSoLinger(true, 0);
            }
            assertThat(end.poll(20, TimeUnit.SECONDS)).isEqualTo("reset");
        }
        awaitEnd(PassthroughEnd.CLIENT_RESET);
    }

    @Test
    void aResetOfTheBackendIsPassedOn() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.socket().getInputStream().readNBytes(HELLO.length);
                    conversation.reset();
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> client.socket().getInputStream().read()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            awaitEnd(PassthroughEnd.BACKEND_RESET);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 64 * 1024})
    void aClientThatReadsNothingStopsTheReadingFromItsBackend(int block) {
        AtomicLong sent = new AtomicLong();
        int total = 64 << 20;
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.socket().getInputStream().readNBytes(HELLO.length);
                    byte[] bytes = new byte[block];
                    while (sent.get() < total) {
                        conversation.send(bytes);
                        sent.addAndGet(block);
                    }
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            await().atMost(LONG).until(() -> sent.get() > 0);
            long before = directMemory();
            await().during(Duration.ofMillis(500)).atMost(LONG).until(new Standstill(sent::get));
            assertThat(sent.get()).isLessThan(total - (8 << 20));
            assertThat(directMemory() - before).isLessThan(16 << 20);
            client.readExactly(total / 2);
        }
    }

    private static long directMemory() {
        return io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    }

    @Test
    void aBackendThatReadsNothingStopsTheReadingFromItsClient() throws Exception {
        AtomicLong sent = new AtomicLong();
        int total = 64 << 20;
        CountDownLatch read = new CountDownLatch(1);
        BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    read.await();
                    got.add(conversation.socket().getInputStream().readNBytes(HELLO.length + total).length);
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO);
            Thread sender = Thread.ofVirtual().start(() -> {
                byte[] block = new byte[64 * 1024];
                while (sent.get() < total) {
                    client.send(block);
                    sent.addAndGet(block.length);
                }
            });
            await().atMost(LONG).until(() -> sent.get() > 0);
            await().during(Duration.ofMillis(500)).atMost(LONG).until(new Standstill(sent::get));
            assertThat(sent.get()).isLessThan(total - (8 << 20));
            read.countDown();
            assertThat(got.poll(60, TimeUnit.SECONDS)).isEqualTo(HELLO.length + total);
            sender.join();
        }
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
                RawClient client = connectThrough(backend, Upstream.ProxyProtocol.valueOf(version.name()))) {
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
                RawClient client = connectThrough(backend, Upstream.ProxyProtocol.V1)) {
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
                try (RawClient client = connect()) {
                    assertThat(client.send(HELLO).readExactly(6)).isEqualTo("answer");
                }
            }
            assertThat(backend.connections()).isEqualTo(6);
            assertThat(proxy.refusals()).isEmpty();
        }
    }

    private void assertRefused(String reason) {
        try (RawClient client = connect()) {
            assertThat(client.send(HELLO).readToEnd()).isEqualTo(INTERNAL_ERROR);
        }
        await().untilAsserted(() -> assertThat(proxy.refusals()).containsExactly(reason));
        assertThat(proxy.passed()).isEmpty();
        await().until(() -> proxy.connections() == 0);
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

    private void assertRefused(String reason, UnaryOperator<Rule.Builder> change) {
        proxy.passThrough(HOST, "backend", change, closedPort());
        assertRefused(reason);
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
    void aClientThatLeavesBeforeItsBackendAnswersLeavesNothingBehind() throws Exception {
        // Accepts nothing: the connection stays in the kernel's queue, which is full.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
            try (java.net.Socket first = new java.net.Socket(address.getAddress(), address.getPort());
                    java.net.Socket second = new java.net.Socket(address.getAddress(), address.getPort())) {
                assertThat(first.isConnected() && second.isConnected()).isTrue();
                proxy.passThrough(HOST, "backend", address);
                try (RawClient client = connect()) {
                    client.send(HELLO);
                    await().until(() -> proxy.connections() == 1);
                }
                await().atMost(LONG).until(() -> proxy.connections() == 0);
                assertThat(proxy.passing()).isZero();
            }
        }
    }

    @Test
    void drainingLeavesConnectionsTheirTimeAndThenEndsThem() throws Exception {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    while (true) {
                        conversation.send(conversation.exactly(4));
                    }
                });
                RawClient client = connectThrough(backend)) {
            client.send(HELLO).send("ping");
            assertThat(client.readExactly(4)).isEqualTo("ping");
            var drained = proxy.listeners().drain(Duration.ofSeconds(2));
            client.send("pong");
            assertThat(client.readExactly(4)).isEqualTo("pong");
            assertThat(client.readToEnd()).isEmpty();
            drained.get(20, TimeUnit.SECONDS);
        }
        awaitEnd(PassthroughEnd.SHUT_DOWN);
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
                try (RawClient client = connect()) {
                    assertThat(client.send(HELLO).readExactly(3)).isIn("one", "two");
                }
            }
            assertThat(one.connections()).isEqualTo(6);
            assertThat(two.connections()).isEqualTo(2);
        }
    }
}

package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RelayFixture.HELLO;
import static dev.gatehouse.dataplane.listen.RelayFixture.LONG;
import static dev.gatehouse.dataplane.listen.RelayFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the octets of a TLS connection that is passed through. */
final class RelayTest {
    private final RelayFixture relay = new RelayFixture();
    private final ProxyFixture proxy = relay.proxy();

    @AfterEach
    void close() {
        relay.close();
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
                RawClient client = relay.connectThrough(backend)) {
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
                RawClient client = relay.connectThrough(backend)) {
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
                RawClient client = relay.connectThrough(backend)) {
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
                RawClient client = relay.connectThrough(backend)) {
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
        relay.awaitEnd(PassthroughEnd.CLOSED);
        assertThat(proxy.passed().getFirst().bytesIn()).isEqualTo(size + HELLO.length);
        assertThat(proxy.passed().getFirst().bytesOut()).isEqualTo(size);
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
                RawClient client = relay.connectThrough(backend)) {
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
                RawClient client = relay.connectThrough(backend)) {
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
}

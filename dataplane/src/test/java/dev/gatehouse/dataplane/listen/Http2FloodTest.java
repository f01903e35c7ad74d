package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.Frame.CANCEL;
import static dev.gatehouse.dataplane.listen.Frame.CONTINUATION;
import static dev.gatehouse.dataplane.listen.Frame.DATA;
import static dev.gatehouse.dataplane.listen.Frame.END_HEADERS;
import static dev.gatehouse.dataplane.listen.Frame.END_STREAM;
import static dev.gatehouse.dataplane.listen.Frame.ENHANCE_YOUR_CALM;
import static dev.gatehouse.dataplane.listen.Frame.HEADERS;
import static dev.gatehouse.dataplane.listen.Frame.PING;
import static dev.gatehouse.dataplane.listen.Frame.PRIORITY;
import static dev.gatehouse.dataplane.listen.Frame.RST_STREAM;
import static dev.gatehouse.dataplane.listen.Frame.SETTINGS;
import static dev.gatehouse.dataplane.listen.Frame.WINDOW_UPDATE;
import static dev.gatehouse.dataplane.listen.Frame.int32;
import static dev.gatehouse.dataplane.listen.Frame.octets;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients that make work and want nothing (RFC 9113, 10.5): each is told to calm down, and the others are served. */
final class Http2FloodTest {
    private static final int INITIAL_WINDOW_SIZE = 4;

    /** More than any client may spend while a test lasts. */
    private static final int MANY = 20 * FloodGuard.BURST;

    private static final byte[] GET =
            Frame.block(List.of(":method: GET", ":scheme: http", ":path: /flood", ":authority: a"));
    private static final byte[] POST = Frame.block(
            List.of(":method: POST", ":scheme: http", ":path: /flood", ":authority: a", "content-length: 1"));

    private final RecordingBackend backend = RecordingBackend.ok("x".repeat(50_000));
    private ProxyFixture proxy;
    private FramePeer good;
    private int goodStream = 1;

    @BeforeEach
    void start() {
        proxy = new ProxyFixture()
                .routeTo(backend.address())
                .listener(settings -> settings.setHttp2Cleartext(true).setMaxRequestsPerConnection(1_000_000));
        good = FramePeer.client(proxy.port()).widening();
    }

    @AfterEach
    void close() {
        good.close();
        proxy.close();
        backend.close();
    }

    private void othersAreServed() {
        assertThat(good.get(goodStream, "/good").message(goodStream).body()).hasSize(50_000);
        goodStream += 2;
    }

    /**
     * @param round the octets of one round, by its number
     */
    record Flood(String name, IntFunction<byte[]> round) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static byte[] all(byte[]... frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    private static int id(int round) {
        return 3 + 2 * round;
    }

    private static byte[] get(int round) {
        return octets(HEADERS, END_HEADERS | END_STREAM, id(round), GET);
    }

    private static byte[] post(int round) {
        return octets(HEADERS, END_HEADERS, id(round), POST);
    }

    static Stream<Flood> floods() {
        return Stream.of(
                new Flood("rapid reset", i -> all(get(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Flood("rapid reset of uploads", i -> all(post(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Flood(
                        "made you reset: a window of nothing",
                        i -> all(get(i), octets(WINDOW_UPDATE, 0, id(i), int32(0)))),
                new Flood(
                        "made you reset: too large a window",
                        i -> all(post(i), octets(WINDOW_UPDATE, 0, id(i), int32(Integer.MAX_VALUE)))),
                new Flood(
                        "made you reset: more data than declared",
                        i -> all(post(i), octets(DATA, 0, id(i), new byte[2]))),
                new Flood("made you reset: data behind the end", i -> all(get(i), octets(DATA, 0, id(i), new byte[1]))),
                new Flood(
                        "made you reset: a head behind the end",
                        i -> all(get(i), octets(HEADERS, END_HEADERS | END_STREAM, id(i), GET))),
                new Flood(
                        "made you reset: depends on itself",
                        i -> all(post(i), octets(PRIORITY, 0, id(i), all(int32(id(i)), new byte[1])))),
                new Flood(
                        "made you reset: a PRIORITY of four octets",
                        i -> all(post(i), octets(PRIORITY, 0, id(i), int32(1)))),
                new Flood(
                        "made you reset: malformed",
                        i -> octets(HEADERS, END_HEADERS | END_STREAM, id(i), Frame.block(List.of("x-a: b")))),
                new Flood("SETTINGS", i -> octets(SETTINGS, 0, 0, new byte[0])),
                new Flood("SETTINGS acknowledged", i -> octets(SETTINGS, 1, 0, new byte[0])),
                new Flood("windows up and down", i -> octets(SETTINGS, 0, 0, all(new byte[] {0, 4}, int32(i)))),
                new Flood("PING", i -> octets(PING, 0, 0, new byte[8])),
                new Flood("PING acknowledged", i -> octets(PING, 1, 0, new byte[8])),
                new Flood("PRIORITY", i -> octets(PRIORITY, 0, id(i), new byte[] {0, 0, 0, 1, 1})),
                new Flood("empty DATA", i -> i == 0 ? post(0) : octets(DATA, 0, id(0), new byte[0])),
                new Flood(
                        "resets of a closed stream",
                        i -> i == 0 ? get(0) : octets(RST_STREAM, 0, id(0), int32(CANCEL))),
                new Flood(
                        "data of a closed stream",
                        i -> i == 0
                                ? all(post(0), octets(DATA, 0, id(0), new byte[2]))
                                : octets(DATA, 0, id(0), new byte[1])),
                new Flood(
                        "windows of a closed stream",
                        i -> i == 0
                                ? all(get(0), octets(RST_STREAM, 0, id(0), int32(CANCEL)))
                                : octets(WINDOW_UPDATE, 0, id(0), int32(1))),
                new Flood(
                        "CONTINUATION of nothing",
                        i -> i == 0 ? octets(HEADERS, 0, id(0), GET) : octets(CONTINUATION, 0, id(0), new byte[0])),
                new Flood(
                        "CONTINUATION of fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), GET)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-" + i + ": b")))),
                new Flood(
                        "CONTINUATION of large fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), GET)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-a: " + "b".repeat(16_000))))));
    }

    @ParameterizedTest
    @MethodSource("floods")
    void isEndedWithinBounds(Flood flood) {
        othersAreServed();
        int sent = 0;
        try (FramePeer peer = FramePeer.client(proxy.port()).silent()) {
            try {
                while (sent < MANY) {
                    peer.hold();
                    for (int end = sent + 200; sent < end; sent++) {
                        peer.raw(flood.round().apply(sent));
                    }
                    peer.release();
                    if (sent % 2_000 == 0) {
                        othersAreServed();
                    }
                }
            } catch (UncheckedIOException e) {
                // It was closed while it went on: that is the purpose.
            }
            assertThat(peer.awaitClose()).as("after %s rounds", sent).isEqualTo(ENHANCE_YOUR_CALM);
            // What was done for it before is bounded, too.
            assertThat(peer.frames()).hasSizeLessThan(4 * FloodGuard.BURST);
        }
        othersAreServed();
        assertThat(backend.requests()).hasSizeLessThan(4 * FloodGuard.BURST);
    }

    @Test
    void aSmallBlockThatStandsForALargeHeadIsRefused() {
        // One entry of almost the whole table, and then one octet for each time that it is meant.
        byte[] entry = Frame.block(List.of("x-bomb: " + "b".repeat(4_000)));
        entry[0] = 0x40; // with indexing
        byte[] again = new byte[10_000];
        Arrays.fill(again, (byte) 0xbe);
        try (FramePeer peer = FramePeer.client(proxy.port())) {
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 1, all(GET, entry, again));
            Message answer = peer.message(1);
            assertThat(answer.status()).isEqualTo("431");
            assertThat(answer.first("gatehouse-reason")).isEqualTo("head-too-large");
            // The tables are still the same on both sides.
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 3, all(GET, new byte[] {(byte) 0xbe}));
            peer.window(0, 100_000);
            assertThat(peer.message(3).status()).isEqualTo("200");
        }
        othersAreServed();
    }

    @Test
    void crumbsCountLikeOtherLines() {
        byte[] entry = Frame.block(List.of("cookie: " + "c".repeat(3_000)));
        byte[] again = new byte[50];
        Arrays.fill(again, (byte) 0xbe);
        entry[0] = 0x40;
        try (FramePeer peer = FramePeer.client(proxy.port())) {
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 1, all(GET, entry, again));
            assertThat(peer.message(1).first("gatehouse-reason")).isEqualTo("head-too-large");
        }
        othersAreServed();
    }

    /** Each holds what one read of its backend brought, and not for ever. */
    @Test
    void streamsThatTakeNothingAreGivenUpAndHoldNobodyBack() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setBodyTimeoutMs(1_000));
        try (FramePeer peer = FramePeer.client(proxy.port(), INITIAL_WINDOW_SIZE, 0)) {
            for (int i = 0; i < 100; i++) {
                peer.get(1 + 2 * i, "/");
            }
            othersAreServed();
            for (int i = 0; i < 100; i++) {
                Message message = peer.message(1 + 2 * i);
                assertThat(message.body()).isEmpty();
                assertThat(message.reset()).isEqualTo(CANCEL);
            }
            // The connection itself has done nothing wrong.
            peer.settings(INITIAL_WINDOW_SIZE, 100_000);
            assertThat(peer.get(301, "/").message(301).body()).hasSize(50_000);
        }
        othersAreServed();
    }

    @Test
    void aPrefaceThatNeverEndsIsNotWaitedFor() {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setHeaderTimeoutMs(500));
        try (FramePeer peer = FramePeer.silentClient(proxy.port()).silent()) {
            peer.raw("PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(peer.awaitClose()).isEqualTo(-1);
        }
        othersAreServed();
    }
}

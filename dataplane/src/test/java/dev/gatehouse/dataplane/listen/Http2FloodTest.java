package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.END_STREAM;
import static dev.gatehouse.testkit.flood.Frame.ENHANCE_YOUR_CALM;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.http2.FloodGuard;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import dev.gatehouse.testkit.flood.Http2Flood;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
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

    @ParameterizedTest
    @MethodSource("dev.gatehouse.testkit.flood.Http2Flood#all")
    void isEndedWithinBounds(Http2Flood flood) {
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

    /** Nobody was asked yet, and nobody is (CVE-2023-44487). */
    @Test
    void whatIsTakenBackAtOnceNeverReachesABackend() {
        int count = 200;
        try (FramePeer peer = FramePeer.client(proxy.port()).widening()) {
            peer.hold();
            for (int i = 0; i < count; i++) {
                peer.post(1 + 2 * i, "/taken-back").reset(1 + 2 * i, CANCEL);
            }
            peer.get(1 + 2 * count, "/kept").release();
            assertThat(peer.message(1 + 2 * count).status()).isEqualTo("200");
        }
        assertThat(backend.requests()).hasSize(1).allMatch(head -> head.contains("/kept"));
        assertThat(proxy.exchanges().stream().filter(done -> done.reason().equals("client-closed")))
                .hasSize(count);
    }

    /** However large the heads of one read are together, a bounded part of them waits for its end. */
    @Test
    void largeHeadsOfOneReadAreServed() {
        int count = 100;
        byte[] entry = Frame.block(List.of("x-large: " + "b".repeat(4_000)));
        entry[0] = 0x40; // with indexing
        byte[] again = new byte[1];
        Arrays.fill(again, (byte) 0xbe);
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxConcurrentStreams(count + 2));
        try (FramePeer peer = FramePeer.client(proxy.port()).widening()) {
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 1, Http2Flood.octetsOf(Http2Flood.GET, entry));
            assertThat(peer.message(1).status()).isEqualTo("200");
            peer.hold();
            for (int i = 1; i <= count; i++) {
                peer.frame(HEADERS, END_HEADERS | END_STREAM, 1 + 2 * i, Http2Flood.octetsOf(Http2Flood.GET, again));
            }
            peer.release();
            for (int i = 1; i <= count; i++) {
                assertThat(peer.message(1 + 2 * i).body()).hasSize(50_000);
            }
        }
        assertThat(backend.requests()).hasSize(count + 1).allMatch(head -> head.contains("b".repeat(4_000)));
    }

    /** Others have their turns between those of a client that costs much, and what it asks for then is served as well. */
    @Test
    void whoCancelsManyAtOnceIsServedAfterwards() {
        int count = 4 * FloodGuard.PER_TURN;
        try (FramePeer peer = FramePeer.client(proxy.port()).widening()) {
            for (int i = 0; i < count; i++) {
                peer.get(1 + 2 * i, "/cancelled").settle().reset(1 + 2 * i, CANCEL);
            }
            peer.hold();
            for (int i = count; i < 2 * count; i++) {
                peer.ping(i);
            }
            peer.get(1 + 2 * count, "/kept").release();
            othersAreServed();
            assertThat(peer.message(1 + 2 * count).body()).hasSize(50_000);
        }
        othersAreServed();
    }

    @Test
    void aSmallBlockThatStandsForALargeHeadIsRefused() {
        // One entry of almost the whole table, and then one octet for each time that it is meant.
        byte[] entry = Frame.block(List.of("x-bomb: " + "b".repeat(4_000)));
        entry[0] = 0x40; // with indexing
        byte[] again = new byte[10_000];
        Arrays.fill(again, (byte) 0xbe);
        try (FramePeer peer = FramePeer.client(proxy.port())) {
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 1, Http2Flood.octetsOf(Http2Flood.GET, entry, again));
            Message answer = peer.message(1);
            assertThat(answer.status()).isEqualTo("431");
            assertThat(answer.first("gatehouse-reason")).isEqualTo("head-too-large");
            // The tables are still the same on both sides.
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 3, Http2Flood.octetsOf(Http2Flood.GET, new byte[] {(byte) 0xbe
            }));
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
            peer.frame(HEADERS, END_HEADERS | END_STREAM, 1, Http2Flood.octetsOf(Http2Flood.GET, entry, again));
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

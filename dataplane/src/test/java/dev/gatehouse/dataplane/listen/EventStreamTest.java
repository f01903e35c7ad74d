package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.listen.StreamingClient.Way;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.RecordingBackend.Conversation;
import dev.gatehouse.testkit.flood.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Server-sent events, as every response whose parts are written one by one, go on at once, for as long as they come. */
final class EventStreamTest {
    private static final int EVENTS = 20;
    private static final String END = "";

    /** How the backend says where its response ends. */
    enum Backend {
        CHUNKED,
        CLOSE_DELIMITED,
        H2C
    }

    private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final CountDownLatch gone = new CountDownLatch(1);
    private final ProxyFixture proxy = StreamingClient.proxy();
    private final RecordingBackend http1Chunked = RecordingBackend.scripted(c -> serveHttp1(c, true));
    private final RecordingBackend http1UntilClose = RecordingBackend.scripted(c -> serveHttp1(c, false));
    private final RecordingBackend h2c = RecordingBackend.scripted(this::serveHttp2);

    @AfterEach
    void close() {
        proxy.close();
        http1Chunked.close();
        http1UntilClose.close();
        h2c.close();
    }

    private void serveHttp1(Conversation conversation, boolean chunked) throws IOException, InterruptedException {
        conversation.request();
        conversation.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"));
        Thread.ofVirtual().start(() -> {
            try {
                conversation.awaitClose(Duration.ofMinutes(1));
                gone.countDown();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        for (String event = events.take(); !event.equals(END); event = events.take()) {
            conversation.send(chunked ? Integer.toHexString(event.length()) + "\r\n" + event + "\r\n" : event);
        }
        if (chunked) {
            conversation.send("0\r\n\r\n");
        }
    }

    private void serveHttp2(Conversation conversation) throws IOException, InterruptedException {
        try (FramePeer peer = FramePeer.server(conversation)) {
            peer.await(Frame.HEADERS, 1);
            peer.headers(1, false, ":status: 200", "content-type: text/event-stream");
            Thread.ofVirtual().start(() -> {
                peer.await(Frame.RST_STREAM, 1);
                gone.countDown();
            });
            for (String event = events.take(); !event.equals(END); event = events.take()) {
                peer.data(1, false, event);
            }
            peer.data(1, true, "");
            peer.awaitClose();
        }
    }

    private StreamingClient subscribe(Way way, Backend backend) {
        proxy.routeTo(
                        switch (backend) {
                            case CHUNKED -> http1Chunked.address();
                            case CLOSE_DELIMITED -> http1UntilClose.address();
                            case H2C -> h2c.address();
                        })
                .upstream(upstream ->
                        upstream.setProtocol(backend == Backend.H2C ? Upstream.Protocol.H2C : Upstream.Protocol.HTTP1));
        StreamingClient client = way.open(proxy).request("GET", "/events", "accept: text/event-stream");
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.field("content-type")).isEqualTo("text/event-stream");
        return client;
    }

    static Stream<Arguments> everyWay() {
        return Arrays.stream(Way.values())
                .flatMap(way -> Arrays.stream(Backend.values()).map(backend -> Arguments.of(way, backend)));
    }

    /** The backend sends an event only after the client has the one before. */
    @ParameterizedTest
    @MethodSource("everyWay")
    void eachEventIsPassedOnAtOnce(Way way, Backend backend) {
        try (StreamingClient client = subscribe(way, backend)) {
            for (int i = 0; i < EVENTS; i++) {
                String event = "id: " + i + "\ndata: " + "x".repeat(i * i * 10) + "\n\n";
                events.add(event);
                assertThat(client.read(event.length())).isEqualTo(event);
            }
            events.add(END);
            assertThat(client.readToEnd().complete()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("everyWay")
    void aSubscriberThatLeavesIsSeenByTheBackend(Way way, Backend backend) throws InterruptedException {
        StreamingClient client = subscribe(way, backend);
        events.add("data: 1\n\n");
        client.read(9);
        client.close();
        assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
        await().until(() -> proxy.exchanges().size() == 1);
        assertThat(proxy.exchanges().getFirst().reason()).isEqualTo("client-closed");
    }

    /** The time between two reads is what counts, as with nginx's proxy_read_timeout, not that of the whole. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void eventsMayGoOnForLongerThanTheRequestTimeout(Way way) throws InterruptedException {
        // Each event comes long before the patience ends, also on a machine that has other things to do.
        Duration patience = Duration.ofSeconds(4);
        for (String listener : new String[] {"http", "https"}) {
            proxy.listener(
                    listener,
                    settings -> settings.setHttp2Cleartext(true)
                            .setRequestTimeoutMs((int) patience.toMillis())
                            .setBodyTimeoutMs(1_000)
                            .setIdleTimeoutMs(3_000)
                            .setHeaderTimeoutMs(3_000));
        }
        try (StreamingClient client = subscribe(way, Backend.CHUNKED)) {
            long end = System.nanoTime() + patience.toNanos() * 3 / 2;
            while (System.nanoTime() < end) {
                Thread.sleep(patience.dividedBy(8)); // what is tested is that time passes
                events.add("data: 1\n\n");
                assertThat(client.read(9)).isEqualTo("data: 1\n\n");
            }
        }
    }

    /** A client must be able to tell that it missed something. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void aBackendThatIsSilentForTooLongIsGivenUpVisibly(Way way) throws InterruptedException {
        for (String listener : new String[] {"http", "https"}) {
            proxy.listener(
                    listener, settings -> settings.setHttp2Cleartext(true).setRequestTimeoutMs(3_000));
        }
        try (StreamingClient client = subscribe(way, Backend.CHUNKED)) {
            events.add("data: 1\n\n");
            client.read(9);
            assertThat(client.readToEnd()).isEqualTo(new StreamingClient.End("", false, java.util.List.of()));
            assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
            await().until(() -> proxy.exchanges().size() == 1);
            assertThat(proxy.exchanges().getFirst().reason()).isEqualTo("request-timeout");
        }
    }

    /** A rule's own time is for the whole response, and may be as long as somebody wants to listen. */
    @Test
    void aRuleMayGiveASilentStreamMoreTimeThanItsListener() throws InterruptedException {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setRequestTimeoutMs(1_000));
        proxy.route(rule -> rule.setRequestTimeoutMs(3_600_000), http1Chunked.address());
        try (StreamingClient client = Way.HTTP1.open(proxy).request("GET", "/events")) {
            assertThat(client.status()).isEqualTo(200);
            Thread.sleep(3_000); // three times what the listener allows
            events.add("data: 1\n\n");
            assertThat(client.read(9)).isEqualTo("data: 1\n\n");
        }
    }
}

package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RetriesFixture.BAD;
import static dev.gatehouse.dataplane.listen.RetriesFixture.OK;
import static dev.gatehouse.dataplane.listen.RetriesFixture.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies of requests that are tried again: what is kept to be sent once more, and what is too large for that. */
final class RetriedBodiesTest {
    private static String put(int length) {
        return "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n" + body(length);
    }

    /** Not the same everywhere, so that a gap would show. */
    private static String body(int length) {
        StringBuilder body = new StringBuilder();
        IntStream.range(0, length / 8 + 1).forEach(i -> body.append(String.format("%08d", i)));
        return body.substring(0, length);
    }

    /** Beyond what goes out with the head, too: in pieces, in chunks, and up to the bound. */
    @ParameterizedTest
    @CsvSource({"3, false", "3000, false", "60000, false", "3000, true", "60000, true"})
    void aBodyIsSentAgainAsItWas(int length, boolean chunked) {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                RecordingBackend good = RecordingBackend.answering(OK);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good);
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                send(client, length, chunked);
                assertThat(client.readResponse().status()).isEqualTo(200);
            }
            assertThat(bad.requests()).isNotEmpty();
            assertThat(good.requests())
                    .hasSize(4)
                    .allSatisfy(request -> assertThat(unchunked(request)).endsWith("\r\n\r\n" + body(length)));
        }
    }

    private static void send(RawClient client, int length, boolean chunked) {
        if (!chunked) {
            client.send(put(length));
            return;
        }
        client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        String body = body(length);
        for (int from = 0; from < length; from += 1234) {
            String part = body.substring(from, Math.min(length, from + 1234));
            client.send(Integer.toHexString(part.length()) + "\r\n" + part + "\r\n");
        }
        client.send("0\r\n\r\n");
    }

    /** Head and body without the framing of chunks. */
    private static String unchunked(String request) {
        if (!request.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
            return request;
        }
        int at = request.indexOf("\r\n\r\n") + 4;
        StringBuilder plain = new StringBuilder(request.substring(0, at));
        while (true) {
            int end = request.indexOf("\r\n", at);
            int size = Integer.parseInt(request.substring(at, end), 16);
            if (size == 0) {
                return plain.toString();
            }
            plain.append(request, end + 2, end + 2 + size);
            at = end + 2 + size + 2;
        }
    }

    @Test
    void aBodyBeyondTheBoundIsNotSentAgain() {
        try (RecordingBackend bad = RecordingBackend.answering(BAD);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad);
                RawClient client = proxy.client()) {
            client.send(put(70_000));
            assertThat(client.readResponse().status()).isEqualTo(503);
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            client.send("11170\r\n" + body(70_000) + "\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(503);
            assertThat(bad.requests()).hasSize(2);
        }
    }

    @Test
    void overHttp2ABodyIsSentAgainToo() {
        try (RecordingBackend bad = http2(503);
                RecordingBackend good = http2(200);
                ProxyFixture proxy = proxy(retries -> retries.addStatuses(503), bad, good)
                        .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
                RawClient client = proxy.client()) {
            for (int i = 0; i < 4; i++) {
                client.send(put(5000));
                Response response = client.readResponse();
                assertThat(response.status()).isEqualTo(200);
                assertThat(response.rawBody()).contains("5000");
            }
            assertThat(proxy.retries()).contains("status");
        }
    }

    /** Answers the length of each body; an error without a body of its own. */
    private static RecordingBackend http2(int status) {
        return RecordingBackend.scripted(conversation -> {
            try (FramePeer peer = FramePeer.server(conversation)) {
                for (int id = 1; id < 100; id += 2) {
                    int length = peer.message(id).body().length();
                    if (status == 200) {
                        peer.hold()
                                .headers(id, false, ":status: 200")
                                .data(id, true, Integer.toString(length))
                                .release();
                    } else {
                        peer.headers(id, true, ":status: " + status);
                    }
                }
            }
        });
    }
}

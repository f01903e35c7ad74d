package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Requests through real sockets: what goes over, in which framing, on which connection. */
final class ProxyTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void aRequestReachesTheBackendAndItsAnswerTheClient() {
        try (RecordingBackend backend = RecordingBackend.ok("hello");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET /a?b=c HTTP/1.1\r\nHost: shop.example:81\r\nAccept: */*\r\n\r\n");

            Response response = client.readResponse();

            assertThat(response.head()).matches("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: [^\r]* GMT\r\n\r\n");
            assertThat(response.rawBody()).isEqualTo("hello");
            assertThat(backend.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request)
                            .matches("GET /a\\?b=c HTTP/1.1\r\nHost: shop.example:81\r\nAccept: \\*/\\*\r\n"
                                    + "X-Request-Id: [0-9a-f]{32}\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
                                    + "X-Forwarded-Port: " + proxy.port() + "\r\nX-Real-IP: 127.0.0.1\r\n"
                                    + "Forwarded: for=127.0.0.1;proto=http;host=\"shop.example:81\"\r\n"
                                    + "X-Forwarded-Host: shop.example:81\r\n\r\n"));
            await().until(() -> !proxy.exchanges().isEmpty());
            assertThat(proxy.exchanges())
                    .containsExactly(
                            new RecordingObserver.Done("Ingress/test/web#spec.rules[0].http.paths[0]", 200, "", 0, 5));
        }
    }

    @Test
    void connectionsAreKeptOnBothSides() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.send(GET).readResponse().rawBody()).isEqualTo("x");
            }
            assertThat(backend.connections()).isEqualTo(1);
            assertThat(backend.requests()).hasSize(50);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    for (String r = conversation.request(); !r.isEmpty(); r = conversation.request()) {
                        String path = r.substring(4, r.indexOf(' ', 4));
                        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
                    }
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            StringBuilder all = new StringBuilder();
            IntStream.range(0, 200).forEach(i -> all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n"));
            client.send(all.toString());

            for (int i = 0; i < 200; i++) {
                assertThat(client.readResponse().rawBody()).isEqualTo("/" + i);
            }
        }
    }

    @Test
    void aBodyOfKnownLengthPassesUnchanged() {
        String body = "0123456789".repeat(30_000);
        try (RecordingBackend backend = RecordingBackend.ok(body);
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

            assertThat(client.readResponse().rawBody()).isEqualTo(body);
            assertThat(backend.requests()).singleElement().asString().endsWith("\r\n\r\n" + body);
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void chunksPassBothWaysWithTrailersAndWithoutFramingTrailers() {
        String chunks =
                "3;ext=\"a b\"\r\nabc\r\n00A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\n\r\n";
        try (RecordingBackend backend = RecordingBackend.answering(
                        "HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\n" + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\nTransfer-Encoding: Chunked\r\n\r\n" + chunks);

            Response response = client.readResponse();

            String passed = "3\r\nabc\r\na\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
            assertThat(response.rawBody()).isEqualTo(passed);
            assertThat(response.head())
                    .contains("Transfer-Encoding: chunked\r\n")
                    .contains("Trailer: X-Sum\r\n");
            assertThat(backend.requests()).singleElement().asString().endsWith("\r\n\r\n" + passed);
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void aBodyThatTrickles() {
        try (RecordingBackend backend = RecordingBackend.ok("done");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            String request =
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n";
            for (int i = 0; i < request.length(); i++) {
                client.send(request.substring(i, i + 1));
            }
            assertThat(client.readResponse().rawBody()).isEqualTo("done");
            String sent = backend.requests().getFirst();
            String body = sent.substring(sent.indexOf("\r\n\r\n") + 4);
            assertThat(body.replaceAll("[0-9a-f]+\r\n([a-z]+)\r\n", "$1")).isEqualTo("hello0\r\nT: 1\r\n\r\n");
        }
    }

    @Test
    void aResponseThatEndsWithTheConnectionBecomesChunked() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.0 200 Fine\r\nX: y\r\n\r\nall of it");
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();

            assertThat(response.head())
                    .startsWith("HTTP/1.1 200 Fine\r\nX: y\r\n")
                    .contains("Transfer-Encoding: chunked");
            assertThat(response.rawBody()).isEqualTo("9\r\nall of it\r\n0\r\n\r\n");
            assertThat(client.send(GET).readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void anHttp10ClientGetsNoChunksAndAClosedConnection() {
        try (RecordingBackend backend = RecordingBackend.answering(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

            Response response = client.readResponse();

            assertThat(response.head()).contains("Connection: close").doesNotContain("Transfer-Encoding");
            assertThat(response.rawBody()).isEqualTo("abc");
            assertThat(backend.requests()).singleElement().asString().startsWith("GET / HTTP/1.1\r\nHost: \r\n");
        }
    }

    @Test
    void anHttp10ClientKeepsItsConnectionIfItAsks() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
            assertThat(client.readResponse().field("connection")).isEqualTo("keep-alive");
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void responsesWithoutBodyEndWithTheirHead() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    conversation.request();
                    conversation.send("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
                    conversation.request();
                    conversation.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\n");
                    conversation.request();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    conversation.awaitClose(Duration.ofSeconds(20));
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200").contains("Content-Length: 5\r\n");
            client.send(GET);
            assertThat(client.readHead()).startsWith("HTTP/1.1 204").doesNotContain("Content-Length");
            client.send(GET);
            assertThat(client.readHead()).startsWith("HTTP/1.1 304").contains("Content-Length: 5\r\n");
            client.send(GET);
            assertThat(client.readHead()).startsWith("HTTP/1.1 200").contains("Content-Length: 0\r\n");
            assertThat(backend.connections()).isEqualTo(1);
        }
    }

    @Test
    void interimResponsesArePassedOn() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    String head = conversation.head();
                    assertThat(head).contains("Expect: 100-continue\r\n");
                    conversation.send("HTTP/1.1 100 Continue\r\n\r\n");
                    conversation.send("HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n");
                    assertThat(conversation.exactly(5)).isEqualTo("12345");
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    conversation.awaitClose(Duration.ofSeconds(20));
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readHead()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(client.readHead()).isEqualTo("HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n");
            client.send("12345");
            assertThat(client.readResponse().rawBody()).isEqualTo("ok");
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void anAnswerBeforeTheEndOfTheBodyIsPassedOnAndEndsTheConnection() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.head();
                    conversation.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
                    conversation.awaitClose(Duration.ofSeconds(20));
                });
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin");

            Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(413);
            assertThat(response.field("connection")).isEqualTo("close");
            assertThat(response.rawBody()).isEqualTo("no");
            client.send("more of the body");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.failures()).isEmpty();
        }
    }

    @Test
    void noRuleIs404AndKeepsTheConnection() {
        try (ProxyFixture proxy = new ProxyFixture();
                RawClient client = proxy.client()) {
            for (int i = 0; i < 3; i++) {
                Response response = client.send(GET).readResponse();
                assertThat(response.head())
                        .startsWith("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n")
                        .contains("gatehouse-reason: no-route\r\n")
                        .doesNotContain("Connection");
                assertThat(response.rawBody()).isEqualTo("404 Not Found: no-route\n");
            }
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + GET);
            assertThat(client.readResponse().status()).isEqualTo(404);
            assertThat(client.readResponse().status()).isEqualTo(404);
            client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead()).contains("Content-Length: 24\r\n");
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nabc");
            assertThat(client.readResponse().field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(proxy.exchanges())
                    .hasSize(7)
                    .allSatisfy(done -> assertThat(done.reason()).isEqualTo("no-route"));
        }
    }

    @Test
    void aServiceWithoutReadyEndpointIs503AtOnce() {
        try (ProxyFixture proxy = new ProxyFixture().routeTo();
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.field("gatehouse-reason")).isEqualTo("no-endpoint");
        }
    }

    @Test
    void aRuleThatNeedsAnUnknownFeatureIs503() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy =
                        new ProxyFixture().route(rule -> rule.addRequiredFeatures("of-tomorrow"), backend.address());
                RawClient client = proxy.client()) {
            Response response = client.send(GET).readResponse();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.field("gatehouse-reason")).isEqualTo("feature-unsupported");
            assertThat(backend.requests()).isEmpty();
        }
    }

    @Test
    void aBodyLargerThanAllowedIsRefused() {
        try (RecordingBackend backend = RecordingBackend.ok("x");
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setMaxBodyBytes(10))) {
            List<String> requests = List.of(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + "6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n");
            for (String request : requests) {
                try (RawClient client = proxy.client()) {
                    assertThat(client.send(request).readResponse().status()).isEqualTo(413);
                    assertThat(client.readToEnd()).isEmpty();
                }
            }
            assertThat(backend.requests()).isEmpty();
        }
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.ErrorPage;
import dev.gatehouse.snapshot.proto.ErrorPages;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies in the place of those that come with errors. */
final class ErrorPagesTest {
    private final ProxyFixture proxy = new ProxyFixture().listener(listener -> listener.setHttp2Cleartext(true));

    private static ErrorPage page(int from, int to, String body, boolean backend) {
        return ErrorPage.newBuilder()
                .addStatuses(StatusRange.newBuilder().setFrom(from).setTo(to))
                .setContentType("text/html")
                .setBody(ByteString.copyFromUtf8(body))
                .setBackend(backend)
                .build();
    }

    private static Filter.Builder pages() {
        return Filter.newBuilder()
                .setErrorPages(ErrorPages.newBuilder()
                        .addPages(page(404, 404, "<h1>Nothing here</h1>", true))
                        .addPages(page(500, 503, "<h1>Sorry</h1>", false)));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void answersOfGatehousesOwnKeepStatusAndReason(HttpVersion version) {
        proxy.route(rule -> rule.addFilters(pages()));
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.get("a", "/");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.reason()).isEqualTo("no-endpoint");
            assertThat(answer.header("content-type")).isEqualTo("text/html");
            assertThat(answer.body()).isEqualTo("<h1>Sorry</h1>");
            EitherClient.Answer head = client.send("HEAD", "a", "/", "");
            assertThat(head.header("content-length")).isEqualTo("14");
            assertThat(head.body()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aBackendsBodyIsReplacedWhereThePageSaysSo(HttpVersion version) {
        try (RecordingBackend backend =
                RecordingBackend.answering("HTTP/1.1 404 Not Found\r\nServer: s\r\nSet-Cookie: a=b\r\n"
                        + "Set-Cookie: c=d\r\nETag: x\r\nContent-Length: 4\r\n\r\ngone")) {
            proxy.route(rule -> rule.addFilters(pages()), backend.address());
            try (EitherClient client = new EitherClient(proxy, version)) {
                for (int i = 0; i < 3; i++) {
                    EitherClient.Answer answer = client.get("a", "/");
                    assertThat(answer.status()).isEqualTo(404);
                    assertThat(answer.reason()).isEqualTo("error-page");
                    assertThat(answer.body()).isEqualTo("<h1>Nothing here</h1>");
                    assertThat(answer.header("set-cookie")).isEqualTo("a=b, c=d");
                    assertThat(answer.headers()).doesNotContainKeys("etag", "server");
                }
            }
            assertThat(backend.connections()).as("the connection is used again").isEqualTo(1);
        }
        assertThat(proxy.exchanges())
                .extracting(RecordingObserver.Done::reason)
                .containsExactly("error-page", "error-page", "error-page");
    }

    @Test
    void whatNoPageIsForPassesAsItIs() {
        try (RecordingBackend backend =
                RecordingBackend.answering("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")) {
            proxy.route(rule -> rule.addFilters(pages()), backend.address());
            try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
                assertThat(client.get("a", "/").body()).isEqualTo("busy");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void anEndlessBodyThatIsReplacedIsGivenUp(HttpVersion version) {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            conversation.request();
            conversation.send("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
            String chunk = "2000\r\n" + "x".repeat(0x2000) + "\r\n";
            try {
                while (true) {
                    conversation.send(chunk);
                }
            } catch (java.net.SocketException e) {
                conversation.awaitClose(Duration.ofSeconds(30));
            }
        })) {
            proxy.route(rule -> rule.addFilters(pages()), backend.address());
            try (EitherClient client = new EitherClient(proxy, version)) {
                assertThat(client.get("a", "/").body()).isEqualTo("<h1>Nothing here</h1>");
                assertThat(client.get("a", "/").body()).isEqualTo("<h1>Nothing here</h1>");
            }
        }
    }

    @Test
    void theNextPipelinedRequestIsAnswered() {
        try (RecordingBackend backend = RecordingBackend.answering(
                "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngone\r\n0\r\nx-sum: 1\r\n\r\n")) {
            proxy.route(rule -> rule.addFilters(pages()), backend.address());
            try (RawClient client = proxy.client()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
                assertThat(client.readResponse().rawBody()).isEqualTo("<h1>Nothing here</h1>");
                assertThat(client.readResponse().rawBody()).isEqualTo("<h1>Nothing here</h1>");
            }
        }
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rule's own limit of request bodies takes the place of its listener's, be it more or less. */
final class RuleBodyLimitTest {
    private final RecordingBackend backend = RecordingBackend.ok("x");
    private final ProxyFixture proxy = new ProxyFixture();

    private void limits(long listener, long rule) {
        proxy.listener(settings -> settings.setHttp2Cleartext(true).setMaxBodyBytes(listener))
                .route(made -> made.setMaxBodyBytes(rule), backend.address());
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aBodyThatSaysItIsTooLargeIsRefusedBeforeItComes(HttpVersion version) {
        limits(100, 10);
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.send("POST", "a", "/", "x".repeat(11));
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.reason()).isEqualTo("body-too-large");
            assertThat(backend.requests()).isEmpty();
            assertThat(client.send("POST", "a", "/", "x".repeat(10)).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aRuleMayAllowMoreThanItsListener(HttpVersion version) {
        limits(10, 100_000);
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.send("POST", "a", "/", "x".repeat(100_000)).status())
                    .isEqualTo(200);
            assertThat(client.send("POST", "a", "/", "x".repeat(100_001)).status())
                    .isEqualTo(413);
        }
        limits(10, Long.MAX_VALUE);
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.send("POST", "a", "/", "x".repeat(2_000_000)).status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aBodyInChunksIsRefusedWhereItGrowsTooLarge() {
        limits(100, 10);
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
            client.send("6\r\n world\r\n0\r\n\r\n");
            RawClient.Response response = client.readResponse();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.field("gatehouse-reason")).isEqualTo("body-too-large");
            assertThat(client.readToEnd()).isEmpty();
        }
        assertThat(backend.requests()).isEmpty();
    }
}

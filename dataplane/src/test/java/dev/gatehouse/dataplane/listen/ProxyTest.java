package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import org.junit.jupiter.api.Test;

/** Requests through real sockets. */
final class ProxyTest {
    @Test
    void aRequestReachesTheBackendAndItsAnswerTheClient() {
        try (RecordingBackend backend = RecordingBackend.ok("hello");
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());
                RawClient client = proxy.client()) {
            client.send("GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n");

            RawClient.Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.rawBody()).isEqualTo("hello");
            assertThat(backend.requests())
                    .singleElement()
                    .satisfies(request -> assertThat(request)
                            .startsWith("GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n")
                            .contains("\r\nX-Forwarded-For: 127.0.0.1\r\n"));
        }
    }
}

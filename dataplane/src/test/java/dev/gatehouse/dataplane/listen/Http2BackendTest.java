package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.PrefixRewrite;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * HTTP/1.1 clients of a backend that speaks HTTP/2 in clear text. The backend is another Gatehouse, so that a third party
 * records what arrived.
 */
final class Http2BackendTest {
    private final RecordingBackend recorder = RecordingBackend.ok("x");
    private final ProxyFixture http2 = new ProxyFixture();
    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void join() {
        http2.listener(l -> l.setHttp2Cleartext(true).setMaxBodyBytes(Long.MAX_VALUE))
                .routeTo(recorder.address());
        proxy.routeTo(http2Address()).upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
    }

    private InetSocketAddress http2Address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), http2.port());
    }

    @AfterEach
    void close() {
        proxy.close();
        http2.close();
        recorder.close();
    }

    /** The first exchange waits for its connection with its body at hand, the second has one at once. */
    @ParameterizedTest
    @CsvSource({"'', ''", "'X-Sum: 11\r\n', 'x-sum: 11\r\n'"})
    void chunksBecomeFramesWithTheirTrailers(String trailer, String arrived) {
        try (RawClient client = proxy.client()) {
            for (int i = 0; i < 2; i++) {
                String request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n6\r\n world\r\n0\r\n" + trailer + "\r\n";
                assertThat(client.send(request).readResponse().status()).isEqualTo(200);
            }
        }
        assertThat(recorder.requests())
                .hasSize(2)
                .allSatisfy(request -> assertThat(request)
                        .contains("Transfer-Encoding: chunked\r\n")
                        .containsPattern(
                                "\r\n\r\n(5\r\nhello\r\n6\r\n world|b\r\nhello world)\r\n0\r\n" + arrived + "\r\n$"));
        assertThat(recorder.failures()).isEmpty();
    }

    @Test
    void anEmptyChunkedBodyEndsWithTheHead() {
        try (RawClient client = proxy.client()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
        assertThat(recorder.requests())
                .singleElement()
                .asString()
                .endsWith("\r\n\r\n")
                .doesNotContainIgnoringCase("chunked");
    }

    /** RFC 9113, 8.3.1; whatever the rule does to paths, there is none. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void anAsteriskStaysOne(boolean rewritten) {
        if (rewritten) {
            proxy.route(
                            rule -> rule.addFilters(Filter.newBuilder()
                                    .setRewritePrefix(PrefixRewrite.newBuilder().setPrefix("/inside"))),
                            http2Address())
                    .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
        }
        try (RawClient client = proxy.client()) {
            client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            client.send("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
        assertThat(recorder.requests())
                .extracting(request -> request.substring(0, request.indexOf(" HTTP")))
                .containsExactly("OPTIONS *", rewritten ? "OPTIONS /inside/" : "OPTIONS /");
    }

    @Test
    void aBodyOfKnownLengthKeepsItsLength() {
        try (RawClient client = proxy.client()) {
            client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.readResponse().status()).isEqualTo(200);
        }
        assertThat(recorder.requests())
                .singleElement()
                .asString()
                .containsIgnoringCase("content-length: 5\r\n")
                .endsWith("\r\n\r\nhello");
    }
}

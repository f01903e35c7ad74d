package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Filters of a rule, seen by the backend and by the client. */
final class HeaderFiltersTest {
    @Test
    void filtersEditBothHeadsAndThePath() {
        try (RecordingBackend backend = RecordingBackend.answering(
                        "HTTP/1.1 200 OK\r\nServer: s\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n");
                ProxyFixture proxy = new ProxyFixture().route(HeaderFiltersTest::filters, backend.address());
                RawClient client = proxy.client()) {
            client.send(
                    "GET /api/v1?q HTTP/1.1\r\nHost: a\r\nX-Gone: 1\r\nX-Set: 1\r\nX-SET: 2\r\nX-Add: 1\r\nX-Keep: 1\r\n\r\n");
            assertThat(client.readResponse().head())
                    .startsWith("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 0\r\n")
                    .contains("x-b: 2\r\n")
                    .doesNotContain("Server");
            client.send("GET /api HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
            client.send("GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();

            assertThat(backend.requests().getFirst())
                    .startsWith("GET /new/v1?q HTTP/1.1\r\nX-Add: 1\r\nX-Keep: 1\r\nX-Request-Id: ")
                    .contains("\r\nhost: inner\r\nx-set: s\r\nx-add: 2\r\n")
                    .doesNotContain("X-Gone")
                    .doesNotContain("Host: a\r\n" + "X-");
            assertThat(backend.requests().get(1)).startsWith("GET /new HTTP/1.1\r\n");
            assertThat(backend.requests().get(2)).startsWith("GET /new/ HTTP/1.1\r\n");
            assertThat(List.copyOf(backend.failures())).isEmpty();
        }
    }

    private static dev.gatehouse.snapshot.proto.Rule.Builder filters(dev.gatehouse.snapshot.proto.Rule.Builder rule) {
        var request = dev.gatehouse.snapshot.proto.HeaderEdit.newBuilder()
                .addSet(value("content-length", "7"))
                .addSet(value("host", "inner"))
                .addSet(value("x-set", "s"))
                .addAdd(value("x-add", "2"))
                .addRemove("x-gone");
        var response = dev.gatehouse.snapshot.proto.HeaderEdit.newBuilder()
                .addAdd(value("x-b", "2"))
                .addRemove("server");
        return rule.setMatch(dev.gatehouse.snapshot.proto.Match.newBuilder().setPrefix("/api"))
                .addFilters(dev.gatehouse.snapshot.proto.Filter.newBuilder().setRequestHeaders(request))
                .addFilters(dev.gatehouse.snapshot.proto.Filter.newBuilder().setResponseHeaders(response))
                .addFilters(dev.gatehouse.snapshot.proto.Filter.newBuilder()
                        .setRewritePrefix(dev.gatehouse.snapshot.proto.PrefixRewrite.newBuilder()
                                .setPrefix("/new/")));
    }

    private static dev.gatehouse.snapshot.proto.HeaderValue value(String name, String value) {
        return dev.gatehouse.snapshot.proto.HeaderValue.newBuilder()
                .setName(name)
                .setValue(value)
                .build();
    }
}

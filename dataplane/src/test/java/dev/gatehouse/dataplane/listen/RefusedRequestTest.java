package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What could be read in two ways is read in none: the backend never sees a request that the client did not frame. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RefusedRequestTest {
    private final RecordingBackend backend = RecordingBackend.ok("ok");
    private final ProxyFixture proxy = new ProxyFixture();

    /** A request on the wire and the answer that its rule demands. */
    record Refusal(String rule, String name, String bytes, int status, String reason) {
        @Override
        public String toString() {
            return rule + ": " + name;
        }
    }

    @BeforeAll
    void route() {
        proxy.routeTo(backend.address());
    }

    @AfterAll
    void close() {
        proxy.close();
        backend.close();
    }

    private static Refusal refuse(String rule, String name, int status, String reason, String bytes) {
        return new Refusal(rule, name, bytes.replace("\n", "\r\n").replace("<LF>", "\n"), status, reason);
    }

    static List<Refusal> refusals() {
        String smuggled = "GET /smuggled HTTP/1.1\nHost: a\n\n";
        return List.of(
                // Framing
                refuse(
                        "RFC 9112, 6.1",
                        "both framing headers",
                        400,
                        "ambiguous-framing",
                        "POST / HTTP/1.1\nHost: a\nContent-Length: 6\nTransfer-Encoding: chunked\n\n0\n\n" + smuggled),
                refuse(
                        "RFC 9112, 6.1",
                        "both framing headers, the other order",
                        400,
                        "ambiguous-framing",
                        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 6\n\n0\n\n" + smuggled),
                refuse(
                        "RFC 9112, 6.1",
                        "Transfer-Encoding in HTTP/1.0",
                        400,
                        "ambiguous-framing",
                        "POST / HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n" + smuggled),
                refuse(
                        "RFC 9112, 6.3",
                        "two equal Content-Lengths",
                        400,
                        "bad-content-length",
                        "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 3\n\nabc" + smuggled),
                refuse(
                        "RFC 9112, 6.3",
                        "two different Content-Lengths",
                        400,
                        "bad-content-length",
                        "POST / HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 30\n\nabc" + smuggled),
                contentLength("list", "3, 3"),
                contentLength("plus sign", "+3"),
                contentLength("minus sign", "-3"),
                contentLength("empty", ""),
                contentLength("hexadecimal", "0x3"),
                contentLength("inner space", "1 3"),
                contentLength("fraction", "3.0"),
                contentLength("overflow of 64 bits", "18446744073709551619"),
                contentLength("overflow of 63 bits", "9223372036854775808"),
                transferEncoding("two codings", "gzip, chunked", 400, "bad-transfer-encoding"),
                transferEncoding("chunked twice", "chunked, chunked", 400, "bad-transfer-encoding"),
                transferEncoding("chunked is not the last", "chunked, gzip", 400, "bad-transfer-encoding"),
                transferEncoding("identity", "identity", 400, "bad-transfer-encoding"),
                transferEncoding("with a parameter", "chunked;q=1", 400, "bad-transfer-encoding"),
                transferEncoding("quoted", "\"chunked\"", 400, "bad-transfer-encoding"),
                transferEncoding("vertical tab", "\u000bchunked", 400, "bad-header"),
                transferEncoding("empty", "", 400, "bad-transfer-encoding"),
                transferEncoding("another coding", "gzip", 501, "unsupported-transfer-encoding"),
                transferEncoding("nearly chunked", "xchunked", 501, "unsupported-transfer-encoding"),
                refuse(
                        "RFC 9112, 6.1",
                        "two Transfer-Encoding lines",
                        400,
                        "bad-transfer-encoding",
                        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n"
                                + smuggled),
                // Lines and fields
                refuse(
                        "RFC 9112, 2.2",
                        "bare LF after the request line",
                        400,
                        "bad-request-line",
                        "GET / HTTP/1.1<LF>Host: a\n\n"),
                refuse("RFC 9112, 2.2", "bare LF after a field", 400, "bad-header", "GET / HTTP/1.1\nHost: a<LF>\n"),
                refuse("RFC 9112, 2.2", "bare LFs only", 400, "bad-request-line", "GET / HTTP/1.1<LF>Host: a<LF><LF>"),
                refuse(
                        "RFC 9112, 2.2",
                        "bare CR in a value",
                        400,
                        "bad-header",
                        "GET / HTTP/1.1\nHost: a\nX: 1\r2\n\n"),
                refuse(
                        "RFC 9112, 2.2",
                        "bare CR in the target",
                        400,
                        "bad-request-line",
                        "GET /\ra HTTP/1.1\nHost: a\n\n"),
                refuse(
                        "RFC 9112, 5.1",
                        "space before the colon",
                        400,
                        "bad-header",
                        "POST / HTTP/1.1\nHost: a\nContent-Length : 3\n\nabc"),
                refuse(
                        "RFC 9112, 5.1",
                        "tab before the colon",
                        400,
                        "bad-header",
                        "POST / HTTP/1.1\nHost: a\nTransfer-Encoding\t: chunked\n\n0\n\n"),
                refuse("RFC 9112, 5.2", "folded value", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX: 1\n 2\n\n"),
                refuse(
                        "RFC 9112, 2.2",
                        "whitespace before the first field",
                        400,
                        "bad-header",
                        "GET / HTTP/1.1\n Host: a\nHost: b\n\n"),
                refuse("RFC 9110, 5.1", "no colon", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX\n\n"),
                refuse("RFC 9110, 5.1", "empty name", 400, "bad-header", "GET / HTTP/1.1\nHost: a\n: x\n\n"),
                refuse("RFC 9110, 5.1", "name with a slash", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX/Y: 1\n\n"),
                refuse(
                        "RFC 9110, 5.1",
                        "name beyond ASCII",
                        400,
                        "bad-header",
                        "GET / HTTP/1.1\nHost: a\nX\u00e9: 1\n\n"),
                refuse("RFC 9110, 5.5", "NUL in a value", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX: 1\0002\n\n"),
                refuse("RFC 9110, 5.5", "NUL in a name", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX\0: 12\n\n"),
                refuse("RFC 9110, 5.5", "DEL in a value", 400, "bad-header", "GET / HTTP/1.1\nHost: a\nX: 1\u007f\n\n"),
                refuse(
                        "RFC 9110, 5.5",
                        "escape in a value",
                        400,
                        "bad-header",
                        "GET / HTTP/1.1\nHost: a\nX: \u001b[0m\n\n"),
                // Request line
                refuse("RFC 9112, 3", "two spaces", 400, "bad-request-line", "GET  / HTTP/1.1\nHost: a\n\n"),
                refuse("RFC 9112, 3", "space in the target", 400, "bad-request-line", "GET /a b HTTP/1.1\nHost: a\n\n"),
                refuse("RFC 9112, 3", "tab as separator", 400, "bad-request-line", "GET\t/ HTTP/1.1\nHost: a\n\n"),
                refuse("RFC 9112, 3", "trailing space", 400, "bad-request-line", "GET / HTTP/1.1 \nHost: a\n\n"),
                refuse("RFC 9112, 3", "no version (HTTP/0.9)", 400, "bad-request-line", "GET /\nHost: a\n\n"),
                refuse("RFC 9112, 2.3", "lower-case version", 400, "bad-request-line", "GET / http/1.1\nHost: a\n\n"),
                refuse("RFC 9112, 2.3", "two-digit version", 400, "bad-request-line", "GET / HTTP/1.10\nHost: a\n\n"),
                refuse("RFC 9112, 2.3", "version 1.2", 505, "unsupported-version", "GET / HTTP/1.2\nHost: a\n\n"),
                refuse("RFC 9113, 3.4", "HTTP/2 preface", 505, "unsupported-version", "PRI * HTTP/2.0\n\nSM\n\n"),
                refuse(
                        "RFC 9110, 9.1",
                        "method with a bracket",
                        400,
                        "bad-request-line",
                        "GE(T / HTTP/1.1\nHost: a\n\n"),
                refuse(
                        "RFC 8446, 4",
                        "TLS on a clear port",
                        400,
                        "bad-request-line",
                        "\u0016\u0003\u0001\u0000\u0005hello"),
                refuse("RFC 9110, 9.3.6", "CONNECT", 501, "method-refused", "CONNECT a:443 HTTP/1.1\nHost: a:443\n\n"),
                refuse("RFC 9110, 9.3.8", "TRACE", 501, "method-refused", "TRACE / HTTP/1.1\nHost: a\n\n"),
                // Target
                target("fragment", "/a#b", "bad-target"),
                target("fragment in the query", "/a?b#c", "bad-target"),
                target("backslash", "/a\\..\\b", "bad-target"),
                target("NUL", "/a\0b", "bad-target"),
                target("encoded NUL", "/a%00b", "bad-target"),
                target("beyond ASCII", "/\u00e9", "bad-target"),
                target("half an encoding", "/a%2", "bad-target"),
                target("bad encoding", "/a%zz", "bad-target"),
                target("no slash", "a/b", "bad-target"),
                target("asterisk for GET", "*", "bad-target"),
                target("authority-form", "a:80", "bad-target"),
                target("unknown scheme", "ftp://a/b", "bad-target"),
                target("no authority", "http:///b", "bad-target"),
                target("user information", "http://u@a/b", "bad-host"),
                target("dot segments", "/a/../b", "dot-segment"),
                target("dot segments at the end", "/a/..", "dot-segment"),
                target("single dot", "/a/./b", "dot-segment"),
                target("encoded dots", "/a/%2e%2E/b", "dot-segment"),
                target("half encoded dots", "/a/.%2e/b", "dot-segment"),
                target("dot segments in absolute-form", "http://a/../b", "dot-segment"),
                // Host
                refuse("RFC 9112, 3.2", "no Host", 400, "bad-host", "GET / HTTP/1.1\nX: a\n\n"),
                refuse("RFC 9112, 3.2", "two Hosts", 400, "bad-host", "GET / HTTP/1.1\nHost: a\nHost: a\n\n"),
                refuse(
                        "RFC 9112, 3.2.2",
                        "no Host in absolute-form",
                        400,
                        "bad-host",
                        "GET http://a/ HTTP/1.1\nX: a\n\n"),
                host("empty", ""),
                host("space", "a b"),
                host("slash", "a/b"),
                host("user", "u@a"),
                host("list", "a, b"),
                host("letters as port", "a:b"),
                host("port out of range", "a:65536"),
                host("sign in the port", "a:+80"),
                host("open bracket", "[::1"),
                host("percent-encoding", "%61"),
                host("only a port", ":80"),
                // Sizes
                refuse(
                        "RFC 9110, 15.5.15",
                        "long target",
                        414,
                        "uri-too-long",
                        "GET /" + "a".repeat(8192) + " HTTP/1.1\nHost: a\n\n"),
                refuse(
                        "RFC 6585, 5",
                        "long field",
                        431,
                        "head-too-large",
                        "GET / HTTP/1.1\nHost: a\nX: " + "a".repeat(40_000) + "\n\n"),
                refuse(
                        "RFC 6585, 5",
                        "many fields",
                        431,
                        "head-too-large",
                        "GET / HTTP/1.1\nHost: a\n" + "X: 1\n".repeat(100) + "\n"),
                refuse(
                        "RFC 6585, 5",
                        "a head without end",
                        431,
                        "head-too-large",
                        "GET / HTTP/1.1\nHost: a\n" + ("X: " + "a".repeat(1000) + "\n").repeat(40)),
                refuse("RFC 9112, 2.2", "empty lines without end", 431, "head-too-large", "\n".repeat(20_000)));
    }

    private static Refusal contentLength(String name, String value) {
        return refuse(
                "RFC 9112, 6.3",
                "Content-Length: " + name,
                400,
                "bad-content-length",
                "POST / HTTP/1.1\nHost: a\nContent-Length: " + value + "\n\nabcGET /smuggled HTTP/1.1\nHost: a\n\n");
    }

    private static Refusal transferEncoding(String name, String value, int status, String reason) {
        return refuse(
                "RFC 9112, 6.1",
                "Transfer-Encoding: " + name,
                status,
                reason,
                "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: " + value
                        + "\n\n0\n\nGET /smuggled HTTP/1.1\nHost: a\n\n");
    }

    private static Refusal target(String name, String target, String reason) {
        return refuse(
                "RFC 9112, 3.2",
                "target: " + name,
                400,
                reason,
                "GET " + target + " HTTP/1.1\nHost: a\n\nGET /smuggled HTTP/1.1\nHost: a\n\n");
    }

    private static Refusal host(String name, String value) {
        return refuse(
                "RFC 9112, 3.2",
                "Host: " + name,
                400,
                "bad-host",
                "GET / HTTP/1.1\nHost: " + value + "\n\nGET /smuggled HTTP/1.1\nHost: a\n\n");
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void isRefusedAndNothingOfItIsForwarded(Refusal refusal) {
        int before = backend.requests().size();
        try (RawClient client = proxy.client()) {
            client.send(refusal.bytes());

            RawClient.Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(refusal.status());
            assertThat(response.field("gatehouse-reason")).isEqualTo(refusal.reason());
            assertThat(response.field("connection")).isEqualTo("close");
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.requests()).hasSize(before);
        }
    }

    /** A body that turns out to be wrong after its head was accepted. */
    static List<Refusal> badChunks() {
        return List.of(
                chunk("no size", "\n0\n\n"),
                chunk("not a number", "x\nabc\n0\n\n"),
                chunk("sign", "+3\nabc\n0\n\n"),
                chunk("prefix", "0x3\nabc\n0\n\n"),
                chunk("leading space", " 3\nabc\n0\n\n"),
                chunk("trailing space", "3 \nabc\n0\n\n"),
                chunk("overflow", "fffffffffffffffff\nabc\n0\n\n"),
                chunk("many zeros", "0000000000000000003\nabc\n0\n\n"),
                chunk("bare LF after the size", "3<LF>abc\n0\n\n"),
                chunk("bare CR after the size", "3\rabc\n0\n\n"),
                chunk("data too long", "3\nabcd\n0\n\n"),
                chunk("data too short", "4\nabc\n0\n\n"),
                chunk("bare LF after the data", "3\nabc<LF>0\n\n"),
                chunk("extension without name", "3;\nabc\n0\n\n"),
                chunk("extension with a bare LF", "3;a<LF>b\nabc\n0\n\n"),
                chunk("extension with a space", "3; a\nabc\n0\n\n"),
                chunk("extension with a control character", "3;a=\"\001\"\nabc\n0\n\n"),
                chunk("extension with a quote left open", "3;a=\"b\nabc\n0\n\n"),
                chunk("endless extension", "3;" + "a".repeat(2000) + "\nabc\n0\n\n"),
                chunk("trailer with a space before the colon", "0\nX : 1\n\n"),
                chunk("trailer with a bare LF", "0\nX: 1<LF>\n"),
                chunk("trailer section too long", "0\nX: " + "a".repeat(9000) + "\n\n"));
    }

    private static Refusal chunk(String name, String body) {
        return refuse(
                "RFC 9112, 7.1",
                name,
                400,
                "bad-chunk",
                "POST /chunks HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n" + body
                        + "GET /smuggled HTTP/1.1\nHost: a\n\n");
    }

    @ParameterizedTest
    @MethodSource("badChunks")
    void aBrokenBodyNeverBecomesAWholeRequest(Refusal refusal) {
        int before = backend.requests().size();
        try (RawClient client = proxy.client()) {
            client.send(refusal.bytes());

            RawClient.Response response = client.readResponse();

            assertThat(response.status()).isEqualTo(refusal.status());
            assertThat(response.field("gatehouse-reason")).isEqualTo(refusal.reason());
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.requests()).hasSize(before);
        }
    }

    @Test
    void whatFollowsARefusedRequestIsNotServed() {
        int before = backend.requests().size();
        try (RawClient client = proxy.client()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /..  HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(client.readResponse().status()).isEqualTo(400);
            assertThat(client.readToEnd()).isEmpty();
            assertThat(backend.requests()).hasSize(before + 1);
        }
    }

    /** A question for a head alone is no question for the next one. */
    @Test
    void aRefusalHasItsBodyWhateverWasAskedBefore() {
        try (RawClient client = proxy.client()) {
            assertThat(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").readHead())
                    .startsWith("HTTP/1.1 200 ");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: a b\r\n\r\n").readToEnd())
                    .startsWith("HTTP/1.1 400 ")
                    .endsWith("\r\n\r\n400 Bad Request: bad-host\n");
        }
    }
}

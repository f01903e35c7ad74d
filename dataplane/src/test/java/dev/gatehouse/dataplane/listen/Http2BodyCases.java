package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RequestCase.GET;
import static dev.gatehouse.dataplane.listen.RequestCase.POST;
import static dev.gatehouse.dataplane.listen.RequestCase.body;
import static dev.gatehouse.dataplane.listen.RequestCase.get;
import static dev.gatehouse.dataplane.listen.RequestCase.malformedField;

import dev.gatehouse.testkit.flood.Frame;
import java.util.stream.Stream;

/** What belongs to a connection or says where a request ends, for {@link Http2RulesTest}. */
final class Http2BodyCases {
    private Http2BodyCases() {}

    static Stream<RequestCase> connectionFields() {
        String rule = "RFC 9113, 8.2.2";
        return Stream.of(
                malformedField(rule, "connection", "connection: close"),
                malformedField(rule, "connection naming a field", "connection: x-a", "x-a: b"),
                malformedField(rule, "keep-alive", "keep-alive: timeout=5"),
                malformedField(rule, "proxy-connection", "proxy-connection: close"),
                malformedField(rule, "transfer-encoding", "transfer-encoding: chunked"),
                malformedField(rule, "transfer-encoding: identity", "transfer-encoding: identity"),
                malformedField(rule, "an empty transfer-encoding", "transfer-encoding: "),
                malformedField(rule, "upgrade", "upgrade: h2c"),
                malformedField(rule, "te: gzip", "te: gzip"),
                malformedField(rule, "te: trailers with more", "te: trailers, gzip"),
                malformedField(rule, "te: trailers with a weight", "te: trailers;q=0.5"),
                get(rule, "te: trailers", "200", GET + "TE: trailers\r\nConnection: TE\r\n\r\n", "te: trailers"),
                get("RFC 9113, 3.1", "http2-settings", "200", GET + "\r\n", "http2-settings: AAMAAABkAAQAAP__"),
                get(
                        "RFC 9113, 8.2.3",
                        "cookie crumbs",
                        "200",
                        GET + "x-a: b\r\ncookie: a=b; c=d; e=f\r\n\r\n",
                        "cookie: a=b",
                        "x-a: b",
                        "cookie: c=d",
                        "cookie: e=f"));
    }

    static Stream<RequestCase> framing() {
        String rule = "RFC 9113, 8.1.1";
        return Stream.of(
                body(
                        "RFC 9113, 8.1",
                        "no length",
                        peer -> peer.post(1, "/").data(1, false, "ab").data(1, true, "c"),
                        "200",
                        POST + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
                body(
                        "RFC 9113, 8.1",
                        "a length",
                        peer -> peer.post(1, "/", "content-length: 3").data(1, true, "abc"),
                        "200",
                        POST + "content-length: 3\r\n\r\nabc"),
                body(
                        "RFC 9113, 8.1",
                        "a request in a body",
                        peer -> peer.post(1, "/").data(1, true, "0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"),
                        "200",
                        POST + "Transfer-Encoding: chunked\r\n\r\n1b\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n\r\n"
                                + "0\r\n\r\n"),
                body(
                        "RFC 9113, 8.1",
                        "a GET with a body",
                        peer -> peer.headers(
                                        1,
                                        false,
                                        ":method: GET",
                                        ":scheme: http",
                                        ":path: /",
                                        ":authority: good.example")
                                .data(1, true, "x"),
                        "200",
                        GET + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
                body(
                        "RFC 9113, 8.1",
                        "a body that turns out empty",
                        peer -> peer.post(1, "/").data(1, true, ""),
                        "200",
                        POST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                body(rule, "a length and no body", peer -> peer.get(1, "/", "content-length: 3"), "reset 1", ""),
                get(rule, "a length of nothing", "200", GET + "content-length: 0\r\n\r\n", "content-length: 0"),
                body(
                        rule,
                        "two lengths",
                        peer -> peer.post(1, "/", "content-length: 3", "content-length: 3")
                                .data(1, true, "abc"),
                        "400 bad-content-length",
                        ""),
                body(
                        rule,
                        "two different lengths",
                        peer -> peer.post(1, "/", "content-length: 3", "content-length: 30")
                                .data(1, true, "abc"),
                        "400 bad-content-length",
                        ""),
                body(
                        rule,
                        "less than the length",
                        peer -> peer.post(1, "/", "content-length: 4").data(1, true, "abc"),
                        "reset 1",
                        ""),
                body(
                        rule,
                        "more than the length",
                        peer -> peer.post(1, "/", "content-length: 2").data(1, true, "abc"),
                        "reset 1",
                        ""),
                body(
                        rule,
                        "more than the length in a frame of its own",
                        peer -> peer.post(1, "/", "content-length: 6")
                                .data(1, false, "abc")
                                .data(1, true, "abcGET /evil HTTP/1.1\r\n\r\n"),
                        "reset 1",
                        ""),
                body(
                        rule,
                        "less than the length in front of trailers",
                        peer -> peer.post(1, "/", "content-length: 4")
                                .data(1, false, "abc")
                                .headers(1, true, "x-t: a"),
                        "reset 1",
                        ""),
                body(
                        "RFC 9113, 6.1",
                        "padding is not the body",
                        peer -> peer.post(1, "/", "content-length: 3")
                                .frame(
                                        Frame.DATA,
                                        Frame.PADDED | Frame.END_STREAM,
                                        1,
                                        (byte) 2,
                                        (byte) 'a',
                                        (byte) 'b',
                                        (byte) 'c',
                                        (byte) 'X',
                                        (byte) 'Y'),
                        "200",
                        POST + "content-length: 3\r\n\r\nabc"),
                length("+3"),
                length("-3"),
                length("0x3"),
                length("3,3"),
                length("3 3"),
                length(""),
                length("99999999999999999999"));
    }

    private static RequestCase length(String value) {
        return body(
                "RFC 9110, 8.6",
                "content-length: " + value,
                peer -> peer.post(1, "/", "content-length: " + value).data(1, true, "abc"),
                "400 bad-content-length",
                "");
    }

    static Stream<RequestCase> trailers() {
        String rule = "RFC 9113, 8.1";
        return Stream.of(
                trailers(rule, "plain", "200", "x-t: a\r\n", "x-t: a"),
                trailers(rule, "none", "200", ""),
                trailers("RFC 9110, 6.5.1", "content-length", "200", "", "content-length: 30"),
                trailers("RFC 9110, 6.5.1", "host", "200", "", "host: evil.example"),
                trailers(
                        "RFC 9110, 6.5.1",
                        "authorization stays a trailer",
                        "200",
                        "authorization: b\r\n",
                        "authorization: b"),
                trailers(
                        "RFC 9110, 6.5.1",
                        "content-type stays a trailer",
                        "200",
                        "content-type: a/b\r\n",
                        "content-type: a/b"),
                trailers("RFC 9113, 8.2.2", "transfer-encoding", "reset 1", "", "transfer-encoding: chunked"),
                trailers("RFC 9113, 8.2.2", "connection", "reset 1", "", "connection: close"),
                trailers("RFC 9113, 8.3", ":path", "reset 1", "", ":path: /evil"),
                trailers("RFC 9113, 8.3", ":status", "reset 1", "", ":status: 200"),
                trailers("RFC 9113, 8.2.1", "upper case", "reset 1", "", "X-T: a"),
                trailers("RFC 9113, 8.2.1", "CR LF in a value", "reset 1", "", "x-t: a\r\nx-u: b"),
                trailers(
                        "RFC 9113, 8.2.1", "an end of the body", "reset 1", "", "x-t: a\r\n\r\nGET /evil HTTP/1.1\r\n"),
                trailers("RFC 9113, 8.2.1", "NUL in a name", "reset 1", "", "x\0t: a"),
                body(
                        rule,
                        "that do not end the stream",
                        peer -> peer.post(1, "/").data(1, false, "x").headers(1, false, "x-t: a"),
                        "reset 1",
                        ""),
                body(
                        rule,
                        "behind a length, which HTTP/1.1 has no place for",
                        peer -> peer.post(1, "/", "content-length: 1")
                                .data(1, false, "x")
                                .headers(1, true, "x-t: a"),
                        "200",
                        POST + "content-length: 1\r\n\r\nx"));
    }

    private static RequestCase trailers(String rule, String name, String verdict, String passed, String... trailers) {
        return body(
                rule,
                "trailers: " + name,
                peer -> peer.hold()
                        .post(1, "/")
                        .data(1, false, "x")
                        .headers(1, true, trailers)
                        .release(),
                verdict,
                verdict.equals("200")
                        ? POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + passed + "\r\n"
                        : "");
    }
}

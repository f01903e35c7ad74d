package dev.gatehouse.dataplane.listen;

import java.util.function.Consumer;

/**
 * One case of {@link Http2RulesTest}.
 *
 * @param rule section of the RFC
 * @param frames sends the request on stream 1
 * @param verdict the status with the reason, if it is Gatehouse's own; or {@code reset} or {@code closed} and an error code
 * @param passed what the backend sees, without what Gatehouse adds; empty if nothing
 */
record RequestCase(String rule, String name, Consumer<FramePeer> frames, String verdict, String passed) {
    @Override
    public String toString() {
        return rule + " " + name;
    }

    /** How a forwarded GET begins. */
    static final String GET = "GET / HTTP/1.1\r\nhost: good.example\r\n";

    /** How a forwarded POST begins. */
    static final String POST = "POST / HTTP/1.1\r\nhost: good.example\r\n";

    static RequestCase fields(String rule, String name, String verdict, String passed, String... fields) {
        return new RequestCase(rule, name, peer -> peer.headers(1, true, fields), verdict, passed);
    }

    /** A GET with something more. */
    static RequestCase get(String rule, String name, String verdict, String passed, String... more) {
        return new RequestCase(rule, name, peer -> peer.get(1, "/", more), verdict, passed);
    }

    static RequestCase malformed(String rule, String name, String... fields) {
        return fields(rule, name, "reset 1", "", fields);
    }

    static RequestCase malformedField(String rule, String name, String... more) {
        return get(rule, name, "reset 1", "", more);
    }

    static RequestCase path(String name, String path, String verdict) {
        return fields(
                "RFC 9113, 8.3.1",
                name,
                verdict,
                verdict.equals("200") ? "GET " + path + " HTTP/1.1\r\nhost: good.example\r\n\r\n" : "",
                ":method: GET",
                ":scheme: http",
                ":path: " + path,
                ":authority: good.example");
    }

    static RequestCase authority(String name, String authority, String verdict) {
        return fields(
                "RFC 9113, 8.3.1",
                name,
                verdict,
                verdict.equals("200") ? "GET / HTTP/1.1\r\nhost: " + authority + "\r\n\r\n" : "",
                ":method: GET",
                ":scheme: http",
                ":path: /",
                ":authority: " + authority);
    }

    static RequestCase method(String name, String method, String verdict) {
        return fields(
                "RFC 9113, 8.3.1",
                name,
                verdict,
                verdict.equals("200") ? method + " / HTTP/1.1\r\nhost: good.example\r\n\r\n" : "",
                ":method: " + method,
                ":scheme: http",
                ":path: /",
                ":authority: good.example");
    }

    static RequestCase body(String rule, String name, Consumer<FramePeer> frames, String verdict, String passed) {
        return new RequestCase(rule, name, frames, verdict, passed);
    }
}

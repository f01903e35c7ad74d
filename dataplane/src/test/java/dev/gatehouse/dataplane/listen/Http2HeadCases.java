package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RequestCase.GET;
import static dev.gatehouse.dataplane.listen.RequestCase.authority;
import static dev.gatehouse.dataplane.listen.RequestCase.fields;
import static dev.gatehouse.dataplane.listen.RequestCase.get;
import static dev.gatehouse.dataplane.listen.RequestCase.malformed;
import static dev.gatehouse.dataplane.listen.RequestCase.malformedField;
import static dev.gatehouse.dataplane.listen.RequestCase.method;
import static dev.gatehouse.dataplane.listen.RequestCase.path;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Heads of requests that {@link Http2RulesTest} sends. */
final class Http2HeadCases {
    private Http2HeadCases() {}

    static Stream<RequestCase> names() {
        String rule = "RFC 9113, 8.2.1";
        List<RequestCase> cases = new ArrayList<>();
        for (String bad :
                List.of("\r", "\n", "\0", "\t", " ", ":", "\u007f", "\u0001", "\u0080", "(", "\"", ",", "/")) {
            String shown = "0x" + Integer.toHexString(bad.charAt(0));
            cases.add(malformedField(rule, shown + " in a name", "x" + bad + "a: b"));
            cases.add(malformedField(rule, shown + " in front of a name", bad + "x-a: b"));
            cases.add(malformedField(rule, shown + " behind a name", "x-a" + bad + ": b"));
        }
        for (String name : List.of("X-a", "x-A", "CONTENT-LENGTH", "Host", "Transfer-Encoding")) {
            cases.add(malformedField(rule, "upper case: " + name, name + ": 1"));
        }
        cases.add(malformedField(rule, "a whole line in a name", "x: a\r\ny: b"));
        cases.add(malformedField(rule, "a request in a name", "x\r\n\r\nGET /evil HTTP/1.1\r\nhost: b\r\n\r\n: b"));
        return cases.stream();
    }

    static Stream<RequestCase> values() {
        String rule = "RFC 9113, 8.2.1";
        List<RequestCase> cases = new ArrayList<>();
        for (String bad : List.of("\r", "\n", "\0", "\r\n", "\u0001", "\u007f", "\u001f")) {
            String shown = "0x" + Integer.toHexString(bad.charAt(0)) + " of " + bad.length();
            cases.add(malformedField(rule, shown + " in a value", "x-a: b" + bad + "c"));
            cases.add(malformedField(rule, shown + " in front of a value", "x-a: " + bad + "b"));
            cases.add(malformedField(rule, shown + " behind a value", "x-a: b" + bad));
            cases.add(malformedField(rule, shown + " in a cookie", "cookie: a=b" + bad + "c"));
            cases.add(method(shown + " in :method", "GE" + bad + "T", "reset 1"));
            cases.add(path(shown + " in :path", "/a" + bad + "b", "reset 1"));
            cases.add(authority(shown + " in :authority", "good" + bad + ".example", "reset 1"));
            cases.add(malformed(
                    rule,
                    shown + " in :scheme",
                    ":method: GET",
                    ":scheme: ht" + bad + "tp",
                    ":path: /",
                    ":authority: a"));
        }
        for (String blank : List.of(" ", "\t")) {
            cases.add(malformedField(rule, "a blank in front of a value", "x-a: " + blank + "b"));
            cases.add(malformedField(rule, "a blank behind a value", "x-a: b" + blank));
            cases.add(malformedField(rule, "a blank alone", "x-a: " + blank));
        }
        cases.add(get(rule, "an empty value", "200", GET + "x-a: \r\n\r\n", "x-a: "));
        cases.add(get(rule, "blanks within a value", "200", GET + "x-a: b \t c\r\n\r\n", "x-a: b \t c"));
        cases.add(get(rule, "octets beyond ASCII", "200", GET + "x-a: \u00e4\u00ff\r\n\r\n", "x-a: \u00e4\u00ff"));
        cases.add(malformedField(rule, "a request in a value", "x-a: b\r\n\r\nGET /evil HTTP/1.1\r\nhost: b\r\n\r\n"));
        return cases.stream();
    }

    static Stream<RequestCase> pseudoHeaders() {
        String rule = "RFC 9113, 8.3";
        String one = "RFC 9113, 8.3.1";
        return Stream.of(
                malformed(one, "no :method", ":scheme: http", ":path: /", ":authority: a"),
                malformed(one, "no :scheme", ":method: GET", ":path: /", ":authority: a"),
                malformed(one, "no :path", ":method: GET", ":scheme: http", ":authority: a"),
                malformed(one, "no pseudo-header at all", "host: a", "x-a: b"),
                malformed(one, "an empty :method", ":method: ", ":scheme: http", ":path: /", ":authority: a"),
                malformed(one, "an empty :scheme", ":method: GET", ":scheme: ", ":path: /", ":authority: a"),
                malformed(one, "an empty :path", ":method: GET", ":scheme: http", ":path: ", ":authority: a"),
                malformed(one, "an empty :authority", ":method: GET", ":scheme: http", ":path: /", ":authority: "),
                malformed(rule, "two :method", ":method: GET", ":method: GET", ":scheme: http", ":path: /", "host: a"),
                malformed(rule, "two :scheme", ":method: GET", ":scheme: http", ":scheme: http", ":path: /", "host: a"),
                malformed(rule, "two :path", ":method: GET", ":scheme: http", ":path: /", ":path: /b", "host: a"),
                malformed(
                        rule,
                        "two :authority",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: a",
                        ":authority: a"),
                malformed(
                        rule, "an unknown one", ":method: GET", ":scheme: http", ":path: /", ":authority: a", ":x: y"),
                malformed(
                        rule,
                        "that of a response",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: a",
                        ":status: 200"),
                malformed(rule, "in upper case", ":Method: GET", ":scheme: http", ":path: /", ":authority: a"),
                malformed(rule, "a colon alone", ":method: GET", ":scheme: http", ":path: /", ":authority: a", ":: b"),
                malformed(
                        rule, ":path behind a field", ":method: GET", ":scheme: http", "x-a: b", ":path: /", "host: a"),
                malformed(
                        rule,
                        ":authority behind a field",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        "host: a",
                        ":authority: a"),
                malformed(rule, ":method behind all", ":scheme: http", ":path: /", "host: a", ":method: GET"),
                malformed(
                        "RFC 8441, 4",
                        ":protocol without CONNECT",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: a",
                        ":protocol: websocket"),
                malformed("RFC 9113, 8.5", "CONNECT with a path", ":method: CONNECT", ":path: /", ":authority: a:80"),
                malformed(
                        "RFC 9113, 8.5",
                        "CONNECT with a scheme",
                        ":method: CONNECT",
                        ":scheme: http",
                        ":authority: a:80"),
                malformed("RFC 9113, 8.5", "CONNECT to nobody", ":method: CONNECT", "host: a"),
                fields("RFC 9113, 8.5", "CONNECT", "501 method-refused", "", ":method: CONNECT", ":authority: a:80"),
                method("TRACE", "TRACE", "501 method-refused"),
                method("a method of its own", "PURGE", "200"),
                method("a lower-case method", "get", "200"),
                method("a blank in :method", "GET /evil", "reset 1"),
                method("a request line in :method", "GET /evil HTTP/1.1", "reset 1"));
    }

    static Stream<RequestCase> targets() {
        String rule = "RFC 9113, 8.3.1";
        return Stream.of(
                path("a query", "/a?b=c&d=%20", "200"),
                path("an asterisk for GET", "*", "reset 1"),
                fields(
                        rule,
                        "an asterisk for OPTIONS",
                        "200",
                        "OPTIONS * HTTP/1.1\r\nhost: good.example\r\n\r\n",
                        ":method: OPTIONS",
                        ":scheme: http",
                        ":path: *",
                        ":authority: good.example"),
                malformed(
                        rule,
                        "an asterisk for options",
                        ":method: options",
                        ":scheme: http",
                        ":path: *",
                        ":authority: a"),
                path("an asterisk behind a slash", "/*", "200"),
                path("no slash in front", "a", "reset 1"),
                path("a query alone", "?a=b", "reset 1"),
                path("an absolute URI", "http://evil.example/", "reset 1"),
                path("a blank", "/a b", "reset 1"),
                path("a version behind a blank", "/ HTTP/1.1", "reset 1"),
                path("a fragment", "/a#b", "400 bad-target"),
                path("an incomplete percent-encoding", "/a%2", "400 bad-target"),
                path("octets beyond ASCII", "/\u00e4", "400 bad-target"),
                path("a dot segment", "/a/../b", "400 dot-segment"),
                path("an encoded dot segment", "/a/%2e%2e/b", "400 dot-segment"),
                authority("a port", "good.example:8080", "200"),
                authority("an IPv6 address", "[::1]:80", "200"),
                authority("user information", "user@good.example", "400 bad-host"),
                authority("a path", "good.example/evil", "400 bad-host"),
                authority("two", "good.example, evil.example", "400 bad-host"),
                authority("a blank", "good example", "400 bad-host"),
                authority("a port of letters", "good.example:x", "400 bad-host"),
                fields(
                        rule,
                        "Host alone",
                        "200",
                        "GET / HTTP/1.1\r\nhost: only.example\r\n\r\n",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        "host: only.example"),
                fields(rule, "neither", "400 bad-host", "", ":method: GET", ":scheme: http", ":path: /", "x-a: b"),
                fields(
                        rule,
                        "two Hosts",
                        "400 bad-host",
                        "",
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        "host: a",
                        "host: a"),
                get(rule, "Host says the same", "200", GET + "\r\n", "host: good.example"),
                get(rule, "Host says the same in other letters", "200", GET + "\r\n", "host: GOOD.example"),
                malformedField(rule, "Host says something else", "host: evil.example"),
                malformedField(
                        rule, "one of two Hosts says something else", "host: good.example", "host: evil.example"),
                malformedField(rule, "Host is empty", "host: "));
    }
}

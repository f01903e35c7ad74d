package dev.gatehouse.dataplane.http1;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Octets that a parser may be given: heads as they should be, such heads with a few things wrong, and anything at all. */
final class WireBytes {
    /** Pieces that stand at decisive places. */
    private static final List<String> PIECES = List.of(
            "\r\n",
            "\r",
            "\n",
            "\0",
            " ",
            "\t",
            ":",
            "\r\n ",
            "\r\n\r\n",
            "\u007f",
            "\u00ff",
            "Content-Length: 3\r\n",
            "Content-Length: +3\r\n",
            "content-length:0003\r\n",
            "Transfer-Encoding: chunked\r\n",
            "transfer-encoding: gzip\r\n",
            "Transfer_Encoding: chunked\r\n",
            "Host: b\r\n",
            "Connection: close, x-one\r\n",
            "Connection: host, content-length\r\n",
            "X-One: 1\r\n",
            "TE: trailers\r\n",
            "Upgrade: websocket\r\nConnection: upgrade\r\n",
            "Trailer: X\r\n",
            "X-Forwarded-For: 1.1.1.1\r\n",
            "X-Request-Id: 1\r\n",
            "http://b",
            "/../",
            "%2e%2E",
            "%2f",
            "%",
            ";",
            "//",
            "?",
            "#",
            "HTTP/1.0",
            "HTTP/1.1",
            "204",
            "101",
            "0",
            "00",
            "a",
            "A");

    private static final List<String> REQUESTS = List.of(
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /a/b.c;d?e=%41&f HTTP/1.1\r\nHost: shop.example:8080\r\nAccept: */*\r\nCookie: a=b\r\n\r\n",
            "POST /%61/%7e HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
            "PUT http://b.example?q HTTP/1.1\r\nhost: A\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
            "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE, x-one\r\nX-One: 1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");

    private static final List<String> RESPONSES = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
            "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
            "HTTP/1.0 404 Not \u00e4\r\nX: y\r\nConnection: keep-alive, x\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 30\r\nETag: \"e\"\r\nDate: x\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 500 \r\nConnection: close\r\nKeep-Alive: 5\r\nProxy-Authenticate: x\r\n\r\n");

    private static final List<String> CHUNKS = List.of(
            "0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
            "003;a=\"b\\\"c\";d\r\nabc\r\nA\r\n0123456789\r\n00;x\r\nX: y\r\nY: z\r\n\r\n",
            "1\r\n\r\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n");

    private WireBytes() {}

    static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Arbitrary<byte[]> requests() {
        return near(REQUESTS);
    }

    static Arbitrary<byte[]> responses() {
        return near(RESPONSES);
    }

    static Arbitrary<byte[]> chunkedBodies() {
        return near(CHUNKS);
    }

    /** Where to divide; taken modulo the length. */
    static Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(0, 400).list().ofMaxSize(12);
    }

    private static Arbitrary<byte[]> near(List<String> good) {
        Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        Arbitrary<byte[]> wire = Arbitraries.of(PIECES).list().ofMaxSize(12).map(list -> latin1(String.join("", list)));
        Arbitrary<byte[]> changed = Combinators.combine(
                        Arbitraries.of(good), edit().list().ofMaxSize(4))
                .as((text, edits) -> {
                    byte[] bytes = latin1(text);
                    for (Edit edit : edits) {
                        bytes = edit.apply(bytes);
                    }
                    return bytes;
                });
        return Arbitraries.frequencyOf(
                net.jqwik.api.Tuple.of(8, changed), net.jqwik.api.Tuple.of(1, wire), net.jqwik.api.Tuple.of(1, any));
    }

    private static Arbitrary<Edit> edit() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 400),
                        Arbitraries.integers().between(0, 6),
                        Arbitraries.of(PIECES))
                .as(Edit::new);
    }

    /** Puts a piece in the place of some octets. */
    private record Edit(int at, int removed, String piece) {
        byte[] apply(byte[] bytes) {
            int from = at % (bytes.length + 1);
            int to = Math.min(bytes.length, from + removed);
            byte[] in = latin1(piece);
            byte[] out = Arrays.copyOf(bytes, bytes.length - (to - from) + in.length);
            System.arraycopy(in, 0, out, from, in.length);
            System.arraycopy(bytes, to, out, from + in.length, bytes.length - to);
            return out;
        }
    }

    /** The ends of the parts that the cuts make, in order; the last is the length. */
    static List<Integer> ends(int length, List<Integer> cuts) {
        List<Integer> ends = new ArrayList<>(cuts.stream()
                .map(cut -> length == 0 ? 0 : cut % length)
                .sorted()
                .toList());
        ends.add(length);
        return ends;
    }
}

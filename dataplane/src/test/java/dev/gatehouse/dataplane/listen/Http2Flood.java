package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.Frame.CANCEL;
import static dev.gatehouse.dataplane.listen.Frame.CONTINUATION;
import static dev.gatehouse.dataplane.listen.Frame.DATA;
import static dev.gatehouse.dataplane.listen.Frame.END_HEADERS;
import static dev.gatehouse.dataplane.listen.Frame.END_STREAM;
import static dev.gatehouse.dataplane.listen.Frame.HEADERS;
import static dev.gatehouse.dataplane.listen.Frame.PING;
import static dev.gatehouse.dataplane.listen.Frame.PRIORITY;
import static dev.gatehouse.dataplane.listen.Frame.RST_STREAM;
import static dev.gatehouse.dataplane.listen.Frame.SETTINGS;
import static dev.gatehouse.dataplane.listen.Frame.WINDOW_UPDATE;
import static dev.gatehouse.dataplane.listen.Frame.int32;
import static dev.gatehouse.dataplane.listen.Frame.octets;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A way to make work over HTTP/2 and want nothing (RFC 9113, 10.5).
 *
 * @param round the octets of one round, by its number
 */
record Http2Flood(String name, IntFunction<byte[]> round) {
    static final byte[] GET = Frame.block(List.of(":method: GET", ":scheme: http", ":path: /flood", ":authority: a"));
    private static final byte[] POST = Frame.block(
            List.of(":method: POST", ":scheme: http", ":path: /flood", ":authority: a", "content-length: 1"));

    @Override
    public String toString() {
        return name;
    }

    static byte[] octetsOf(byte[]... frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    private static int id(int round) {
        return 3 + 2 * round;
    }

    private static byte[] get(int round) {
        return octets(HEADERS, END_HEADERS | END_STREAM, id(round), GET);
    }

    private static byte[] post(int round) {
        return octets(HEADERS, END_HEADERS, id(round), POST);
    }

    /** Every kind. */
    static Stream<Http2Flood> all() {
        return Stream.of(
                new Http2Flood("rapid reset", i -> octetsOf(get(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Http2Flood(
                        "rapid reset of uploads", i -> octetsOf(post(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Http2Flood(
                        "made you reset: a window of nothing",
                        i -> octetsOf(get(i), octets(WINDOW_UPDATE, 0, id(i), int32(0)))),
                new Http2Flood(
                        "made you reset: too large a window",
                        i -> octetsOf(post(i), octets(WINDOW_UPDATE, 0, id(i), int32(Integer.MAX_VALUE)))),
                new Http2Flood(
                        "made you reset: more data than declared",
                        i -> octetsOf(post(i), octets(DATA, 0, id(i), new byte[2]))),
                new Http2Flood(
                        "made you reset: data behind the end",
                        i -> octetsOf(get(i), octets(DATA, 0, id(i), new byte[1]))),
                new Http2Flood(
                        "made you reset: a head behind the end",
                        i -> octetsOf(get(i), octets(HEADERS, END_HEADERS | END_STREAM, id(i), GET))),
                new Http2Flood(
                        "made you reset: depends on itself",
                        i -> octetsOf(post(i), octets(PRIORITY, 0, id(i), octetsOf(int32(id(i)), new byte[1])))),
                new Http2Flood(
                        "made you reset: a PRIORITY of four octets",
                        i -> octetsOf(post(i), octets(PRIORITY, 0, id(i), int32(1)))),
                new Http2Flood(
                        "made you reset: malformed",
                        i -> octets(HEADERS, END_HEADERS | END_STREAM, id(i), Frame.block(List.of("x-a: b")))),
                new Http2Flood("SETTINGS", i -> octets(SETTINGS, 0, 0, new byte[0])),
                new Http2Flood("SETTINGS acknowledged", i -> octets(SETTINGS, 1, 0, new byte[0])),
                new Http2Flood(
                        "windows up and down", i -> octets(SETTINGS, 0, 0, octetsOf(new byte[] {0, 4}, int32(i)))),
                new Http2Flood("PING", i -> octets(PING, 0, 0, new byte[8])),
                new Http2Flood("PING acknowledged", i -> octets(PING, 1, 0, new byte[8])),
                new Http2Flood("windows of the connection", i -> octets(WINDOW_UPDATE, 0, 0, int32(1))),
                new Http2Flood(
                        "windows of a stream", i -> i == 0 ? post(0) : octets(WINDOW_UPDATE, 0, id(0), int32(1))),
                new Http2Flood("PRIORITY", i -> octets(PRIORITY, 0, id(i), new byte[] {0, 0, 0, 1, 1})),
                new Http2Flood("empty DATA", i -> i == 0 ? post(0) : octets(DATA, 0, id(0), new byte[0])),
                new Http2Flood(
                        "resets of a closed stream",
                        i -> i == 0 ? get(0) : octets(RST_STREAM, 0, id(0), int32(CANCEL))),
                new Http2Flood(
                        "data of a closed stream",
                        i -> i == 0
                                ? octetsOf(post(0), octets(DATA, 0, id(0), new byte[2]))
                                : octets(DATA, 0, id(0), new byte[1])),
                new Http2Flood(
                        "windows of a closed stream",
                        i -> i == 0
                                ? octetsOf(get(0), octets(RST_STREAM, 0, id(0), int32(CANCEL)))
                                : octets(WINDOW_UPDATE, 0, id(0), int32(1))),
                new Http2Flood(
                        "CONTINUATION of nothing",
                        i -> i == 0 ? octets(HEADERS, 0, id(0), GET) : octets(CONTINUATION, 0, id(0), new byte[0])),
                new Http2Flood(
                        "CONTINUATION of fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), GET)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-" + i + ": b")))),
                new Http2Flood(
                        "CONTINUATION of large fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), GET)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-a: " + "b".repeat(16_000))))));
    }
}

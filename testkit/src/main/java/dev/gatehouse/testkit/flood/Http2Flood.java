package dev.gatehouse.testkit.flood;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;
import static dev.gatehouse.testkit.flood.Frame.CONTINUATION;
import static dev.gatehouse.testkit.flood.Frame.DATA;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.END_STREAM;
import static dev.gatehouse.testkit.flood.Frame.GOAWAY;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.PING;
import static dev.gatehouse.testkit.flood.Frame.PRIORITY;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;
import static dev.gatehouse.testkit.flood.Frame.SETTINGS;
import static dev.gatehouse.testkit.flood.Frame.WINDOW_UPDATE;
import static dev.gatehouse.testkit.flood.Frame.int32;
import static dev.gatehouse.testkit.flood.Frame.octets;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * A way to make work over HTTP/2 and want nothing (RFC 9113, 10.5).
 *
 * @param round the octets of one round, by its number
 */
public record Http2Flood(String name, IntFunction<byte[]> round) {
    public static final byte[] GET = new Requests("a").getBlock;

    /** Requests for an authority. */
    private static final class Requests {
        private final byte[] getBlock;
        private final byte[] postBlock;

        Requests(String authority) {
            String to = ":authority: " + authority;
            getBlock = Frame.block(List.of(":method: GET", ":scheme: http", ":path: /flood", to));
            postBlock =
                    Frame.block(List.of(":method: POST", ":scheme: http", ":path: /flood", to, "content-length: 1"));
        }

        byte[] get(int round) {
            return octets(HEADERS, END_HEADERS | END_STREAM, id(round), getBlock);
        }

        byte[] post(int round) {
            return octets(HEADERS, END_HEADERS, id(round), postBlock);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    public static byte[] octetsOf(byte[]... frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    private static int id(int round) {
        return 3 + 2 * round;
    }

    /** The initial window, so many times. */
    private static byte[] windows(int round, int count) {
        byte[][] all = new byte[count][];
        for (int i = 0; i < count; i++) {
            all[i] = octetsOf(new byte[] {0, 4}, int32(round + i));
        }
        return octetsOf(all);
    }

    /** Every kind. */
    public static Stream<Http2Flood> all() {
        return all("a");
    }

    /** Every kind, with requests to an authority. */
    public static Stream<Http2Flood> all(String authority) {
        Requests to = new Requests(authority);
        return Stream.of(
                new Http2Flood("rapid reset", i -> octetsOf(to.get(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Http2Flood(
                        "rapid reset of uploads",
                        i -> octetsOf(to.post(i), octets(RST_STREAM, 0, id(i), int32(CANCEL)))),
                new Http2Flood(
                        "made you reset: a window of nothing",
                        i -> octetsOf(to.get(i), octets(WINDOW_UPDATE, 0, id(i), int32(0)))),
                new Http2Flood(
                        "made you reset: too large a window",
                        i -> octetsOf(to.post(i), octets(WINDOW_UPDATE, 0, id(i), int32(Integer.MAX_VALUE)))),
                new Http2Flood(
                        "made you reset: more data than declared",
                        i -> octetsOf(to.post(i), octets(DATA, 0, id(i), new byte[2]))),
                new Http2Flood(
                        "made you reset: data behind the end",
                        i -> octetsOf(to.get(i), octets(DATA, 0, id(i), new byte[1]))),
                new Http2Flood(
                        "made you reset: a head behind the end",
                        i -> octetsOf(to.get(i), octets(HEADERS, END_HEADERS | END_STREAM, id(i), to.getBlock))),
                new Http2Flood(
                        "made you reset: depends on itself",
                        i -> octetsOf(to.post(i), octets(PRIORITY, 0, id(i), octetsOf(int32(id(i)), new byte[1])))),
                new Http2Flood(
                        "made you reset: a PRIORITY of four octets",
                        i -> octetsOf(to.post(i), octets(PRIORITY, 0, id(i), int32(1)))),
                new Http2Flood(
                        "made you reset: malformed",
                        i -> octets(HEADERS, END_HEADERS | END_STREAM, id(i), Frame.block(List.of("x-a: b")))),
                new Http2Flood("SETTINGS", i -> octets(SETTINGS, 0, 0, new byte[0])),
                new Http2Flood("SETTINGS acknowledged", i -> octets(SETTINGS, 1, 0, new byte[0])),
                new Http2Flood(
                        "windows up and down", i -> octets(SETTINGS, 0, 0, octetsOf(new byte[] {0, 4}, int32(i)))),
                new Http2Flood("windows in one frame", i -> octets(SETTINGS, 0, 0, windows(i, 100))),
                new Http2Flood("GOAWAY", i -> i == 0 ? to.post(0) : octets(GOAWAY, 0, 0, new byte[8])),
                new Http2Flood("PING", i -> octets(PING, 0, 0, new byte[8])),
                new Http2Flood("PING acknowledged", i -> octets(PING, 1, 0, new byte[8])),
                new Http2Flood("windows of the connection", i -> octets(WINDOW_UPDATE, 0, 0, int32(1))),
                new Http2Flood(
                        "windows of a stream", i -> i == 0 ? to.post(0) : octets(WINDOW_UPDATE, 0, id(0), int32(1))),
                new Http2Flood("PRIORITY", i -> octets(PRIORITY, 0, id(i), new byte[] {0, 0, 0, 1, 1})),
                new Http2Flood("empty DATA", i -> i == 0 ? to.post(0) : octets(DATA, 0, id(0), new byte[0])),
                new Http2Flood(
                        "resets of a closed stream",
                        i -> i == 0 ? to.get(0) : octets(RST_STREAM, 0, id(0), int32(CANCEL))),
                new Http2Flood(
                        "data of a closed stream",
                        i -> i == 0
                                ? octetsOf(to.post(0), octets(DATA, 0, id(0), new byte[2]))
                                : octets(DATA, 0, id(0), new byte[1])),
                new Http2Flood(
                        "windows of a closed stream",
                        i -> i == 0
                                ? octetsOf(to.get(0), octets(RST_STREAM, 0, id(0), int32(CANCEL)))
                                : octets(WINDOW_UPDATE, 0, id(0), int32(1))),
                new Http2Flood(
                        "CONTINUATION of nothing",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), to.getBlock)
                                : octets(CONTINUATION, 0, id(0), new byte[0])),
                new Http2Flood(
                        "CONTINUATION of fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), to.getBlock)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-" + i + ": b")))),
                new Http2Flood(
                        "CONTINUATION of large fields",
                        i -> i == 0
                                ? octets(HEADERS, 0, id(0), to.getBlock)
                                : octets(CONTINUATION, 0, id(0), Frame.block(List.of("x-a: " + "b".repeat(16_000))))));
    }
}

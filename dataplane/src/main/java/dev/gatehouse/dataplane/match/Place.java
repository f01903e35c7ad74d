package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where in a request a value stands that is compared, and how it is read there. */
enum Place {
    /** The first of the name. */
    HEADER("header") {
        @Override
        long find(RequestView request, byte[] name) {
            return request.header(name);
        }
    },
    /** The first of the name in the first Cookie header; HTTP/2 has them joined (RFC 9113, 8.2.3). */
    COOKIE("cookie") {
        @Override
        long find(RequestView request, byte[] name) {
            long header = request.header(COOKIE_HEADER);
            return header < 0 ? -1 : Cookies.find(request.bytes(), start(header), length(header), name);
        }
    },
    /** The first of the name; compared as it is when decoded. */
    QUERY_PARAM("query parameter") {
        @Override
        long find(RequestView request, byte[] name) {
            return QueryParams.find(request.bytes(), request.queryStart(), request.queryLength(), name);
        }

        @Override
        boolean is(byte[] bytes, long found, byte[] value) {
            return QueryParams.is(bytes, start(found), length(found), value);
        }

        @Override
        String text(byte[] bytes, long found) {
            return QueryParams.decode(bytes, start(found), length(found));
        }
    };

    private final String noun;

    Place(String noun) {
        this.noun = noun;
    }

    /** What people call it. */
    String noun() {
        return noun;
    }

    private static final byte[] COOKIE_HEADER = {'c', 'o', 'o', 'k', 'i', 'e'};

    /** Packed as {@code offset << 32 | length}; -1 if there is none. */
    abstract long find(RequestView request, byte[] name);

    boolean is(byte[] bytes, long found, byte[] value) {
        int start = start(found);
        return Arrays.equals(bytes, start, start + length(found), value, 0, value.length);
    }

    String text(byte[] bytes, long found) {
        return new String(bytes, start(found), length(found), StandardCharsets.UTF_8);
    }

    private static int start(long packed) {
        return (int) (packed >>> 32);
    }

    private static int length(long packed) {
        return (int) packed;
    }
}

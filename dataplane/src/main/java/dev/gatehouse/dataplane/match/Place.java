package dev.gatehouse.dataplane.match;

import java.nio.charset.StandardCharsets;

/** Where in a request a value stands that is compared, and how it is read there. */
enum Place {
    /** The first of the name. */
    HEADER("header") {
        @Override
        long find(RequestView request, byte[] names, int from, int length) {
            return request.header(names, from, length);
        }
    },
    /** The first of the name in the first Cookie header; HTTP/2 has them joined (RFC 9113, 8.2.3). */
    COOKIE("cookie") {
        @Override
        long find(RequestView request, byte[] names, int from, int length) {
            long header = request.header(COOKIE_HEADER, 0, COOKIE_HEADER.length);
            return header < 0 ? -1 : Cookies.find(request.bytes(), start(header), length(header), names, from, length);
        }
    },
    /** The first of the name; compared as it is when decoded. */
    QUERY_PARAM("query parameter") {
        @Override
        long find(RequestView request, byte[] names, int from, int length) {
            return QueryParams.find(request.bytes(), request.queryStart(), request.queryLength(), names, from, length);
        }

        @Override
        boolean is(byte[] bytes, long found, byte[] values, int from, int length) {
            return QueryParams.is(bytes, start(found), length(found), values, from, length);
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

    /**
     * Packed as {@code offset << 32 | length}; -1 if there is none.
     *
     * @param names have the name at {@code from}
     */
    abstract long find(RequestView request, byte[] names, int from, int length);

    /** As above, for a name alone. */
    final long find(RequestView request, byte[] name) {
        return find(request, name, 0, name.length);
    }

    /** @param values have the value at {@code from} */
    boolean is(byte[] bytes, long found, byte[] values, int from, int length) {
        return length(found) == length && Words.equal(bytes, start(found), values, from, length);
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

package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.KeyHash;
import dev.gatehouse.snapshot.proto.HashKey;
import java.nio.charset.StandardCharsets;

/** What of a request says with which others it belongs together. Pure; allocates nothing but where it says so. */
public sealed interface RequestKey {

    /** What a request without key has instead of a hash. */
    long NONE = 0;

    /**
     * The hash of the request's key, never {@link #NONE} if it has one.
     *
     * @param salt makes the hashes of different purposes independent
     */
    long hash(RequestView request, long salt);

    /** A header or cookie, the first of its name. An empty one is none. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Named(Place place, byte[] name) implements RequestKey {
        @Override
        public long hash(RequestView request, long salt) {
            long found = place.find(request, name);
            int length = (int) found;
            return found < 0 || length == 0
                    ? NONE
                    : some(KeyHash.of(salt, request.bytes(), (int) (found >>> 32), length));
        }
    }

    /** The client's address. Behind trusted proxies it is read anew for each request, which allocates. */
    record Source() implements RequestKey {
        @Override
        public long hash(RequestView request, long salt) {
            byte[] address = request.clientAddress();
            return some(KeyHash.of(salt, address, 0, address.length));
        }
    }

    /** The path, without query. */
    record Path() implements RequestKey {
        @Override
        public long hash(RequestView request, long salt) {
            return some(KeyHash.of(salt, request.bytes(), request.pathStart(), request.pathLength()));
        }
    }

    private static long some(long hash) {
        return hash == NONE ? 1 : hash;
    }

    /** @throws IllegalArgumentException if it is of a kind that this node does not know */
    static RequestKey of(HashKey key) {
        return switch (key.getKeyCase()) {
            case HEADER -> new Named(Place.HEADER, key.getHeader().getBytes(StandardCharsets.US_ASCII));
            case COOKIE -> new Named(Place.COOKIE, key.getCookie().getBytes(StandardCharsets.US_ASCII));
            case SOURCE -> new Source();
            case PATH -> new Path();
            case KEY_NOT_SET -> throw new IllegalArgumentException("hashes what this version does not know");
        };
    }
}

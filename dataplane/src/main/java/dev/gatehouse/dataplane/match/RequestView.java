package dev.gatehouse.dataplane.match;

/**
 * What a matcher may see of a request: offsets into the bytes of its head. Valid during the call only; used on the event
 * loop of the connection.
 */
public interface RequestView {

    /** The bytes all offsets point into. */
    byte[] bytes();

    /** Where the host begins: lower-cased, without port. */
    int hostStart();

    int hostLength();

    /** Where the path begins, as it will be forwarded and without query. It starts with a slash. */
    int pathStart();

    int pathLength();

    /** Where the query begins, with its question mark. */
    int queryStart();

    /** With the question mark; 0 if there is no query. */
    int queryLength();

    String method();

    /** The address of the client in network order, 4 or 16 bytes; that of the peer unless trusted proxies name another. */
    byte[] clientAddress();

    /**
     * The first value of a header, packed as {@code offset << 32 | length}; -1 if the request has none.
     *
     * @param names have the name, in lower-case ASCII, at {@code from}
     */
    long header(byte[] names, int from, int length);
}

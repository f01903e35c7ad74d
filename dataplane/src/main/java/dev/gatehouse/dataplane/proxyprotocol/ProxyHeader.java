package dev.gatehouse.dataplane.proxyprotocol;

/** What the first bytes of a connection are. Immutable. */
public sealed interface ProxyHeader {

    /** The beginning of a header, so far without fault: more bytes decide. */
    record Incomplete() implements ProxyHeader {}

    /**
     * A header that names the client.
     *
     * @param length of the header in bytes; what follows belongs to the connection itself
     */
    record Proxied(ProxiedAddresses addresses, int length) implements ProxyHeader {}

    /**
     * A header that leaves the connection its own addresses: version 2's LOCAL (a proxy's own health check) and UNSPEC,
     * version 1's UNKNOWN.
     *
     * @param length of the header in bytes
     */
    record Local(int length) implements ProxyHeader {}

    /** The connection begins with something else. */
    record Missing() implements ProxyHeader {}

    /** The signature is there, and what follows breaks the protocol. */
    record Invalid() implements ProxyHeader {}
}

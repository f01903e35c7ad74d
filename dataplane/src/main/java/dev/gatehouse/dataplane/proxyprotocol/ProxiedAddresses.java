package dev.gatehouse.dataplane.proxyprotocol;

import java.net.InetSocketAddress;

/**
 * The two ends of a connection as the client sees it. Both are resolved, where there is a client.
 *
 * @param client who opened it
 * @param server what it was opened to
 */
public record ProxiedAddresses(InetSocketAddress client, InetSocketAddress server) {

    private static final InetSocketAddress NOBODY = InetSocketAddress.createUnresolved("nobody.invalid", 0);

    /** A connection that Gatehouse opens for itself. */
    public static final ProxiedAddresses LOCAL = new ProxiedAddresses(NOBODY, NOBODY);

    /** Whether there is no client. */
    boolean isLocal() {
        return client.isUnresolved();
    }
}

package dev.gatehouse.dataplane.proxyprotocol;

import java.net.InetSocketAddress;

/**
 * The two ends of a connection as the client sees it. Both are resolved.
 *
 * @param client who opened it
 * @param server what it was opened to
 */
public record ProxiedAddresses(InetSocketAddress client, InetSocketAddress server) {}

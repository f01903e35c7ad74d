package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;

/**
 * One address of an upstream. The object stays the same while the address does, over any number of routing tables, so
 * that pools and health can be kept by it.
 *
 * @param address unresolved for an ExternalName
 */
public record Endpoint(InetSocketAddress address) {

    /** Nobody can take the request. */
    public static final Endpoint NONE = new Endpoint(InetSocketAddress.createUnresolved("none.invalid", 0));
}

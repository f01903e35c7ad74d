package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;

/**
 * One address of an upstream and how it is talked to. The object stays the same while both do, over any number of routing
 * tables, so that pools and health can be kept by it; nothing is shared between different ways to talk to one address.
 *
 * @param address unresolved for an ExternalName
 */
public record Endpoint(InetSocketAddress address, Transport transport) {

    /** Nobody can take the request. */
    public static final Endpoint NONE =
            new Endpoint(InetSocketAddress.createUnresolved("none.invalid", 0), Transport.PLAIN);

    /** Of the address alone: one address has hardly ever two transports, and pools are looked up for every request. */
    @Override
    public int hashCode() {
        return address.hashCode();
    }
}

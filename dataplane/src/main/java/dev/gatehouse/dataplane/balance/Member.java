package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * What is said of one endpoint of an upstream.
 *
 * @param address unresolved for an ExternalName
 * @param weight share relative to the others, 1 to {@link #MAX_WEIGHT}
 * @param zone where it is; empty if not known
 * @param forZones the zones that it is to serve first (EndpointSlice {@code hints.forZones}); empty: no hint
 */
public record Member(InetSocketAddress address, int weight, String zone, List<String> forZones) {

    /** So that those of many endpoints can be added up. */
    public static final int MAX_WEIGHT = 1_000;

    /** One like any other. */
    public static Member of(InetSocketAddress address) {
        return new Member(address, 1, "", List.of());
    }
}

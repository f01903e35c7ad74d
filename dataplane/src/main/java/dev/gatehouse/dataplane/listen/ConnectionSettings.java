package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.channel.Channel;
import java.net.InetAddress;

/** What the table in force says about one connection, kept until the table changes. Event loop only. */
final class ConnectionSettings {
    private final Listener listener;
    private final ProxiedAddresses addresses;
    private RoutingTable table;
    private ListenerSettings settings;
    private HeadLimits limits;
    private Provenance provenance;

    ConnectionSettings(Listener listener, Channel channel) {
        this.listener = listener;
        this.addresses = ProxyProtocolStart.addresses(channel);
        this.table = listener.tables().current();
        this.settings = table.listener(listener.name());
        this.limits = limits(settings);
        this.provenance = provenance(listener, addresses, settings);
    }

    private static HeadLimits limits(ListenerSettings settings) {
        return new HeadLimits(settings.maxHeadBytes(), settings.maxHeaderCount(), settings.maxUriBytes());
    }

    private static Provenance provenance(Listener listener, ProxiedAddresses addresses, ListenerSettings settings) {
        InetAddress peer = addresses.client().getAddress();
        boolean trusted = settings.trustedProxies().stream().anyMatch(block -> block.contains(peer));
        return new Provenance(peer, trusted, listener.tls(), listener.port());
    }

    /** The table that a request which begins now is to use. */
    @SuppressWarnings("ReferenceEquality") // A new object is a new version.
    RoutingTable table() {
        RoutingTable current = listener.tables().current();
        if (current != table) {
            table = current;
            ListenerSettings next = current.listener(listener.name());
            if (next != settings) {
                settings = next;
                limits = limits(next);
                provenance = provenance(listener, addresses, next);
            }
        }
        return current;
    }

    ListenerSettings listener() {
        return settings;
    }

    HeadLimits limits() {
        return limits;
    }

    /** Who the connection is from and what it was opened to. */
    ProxiedAddresses addresses() {
        return addresses;
    }

    Provenance provenance() {
        return provenance;
    }
}

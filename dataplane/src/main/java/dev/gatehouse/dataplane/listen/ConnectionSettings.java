package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.listen.tls.TlsConnection;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.channel.Channel;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the table in force says about one connection, kept until the table changes. Event loop only. */
final class ConnectionSettings {
    private final Listener listener;
    private final ProxiedAddresses addresses;
    private final @Nullable HostCheck hosts;
    private final ConnectionAge age;
    private final String tlsVersion;
    private RoutingTable table;
    private ListenerSettings settings;
    private HeadLimits limits;
    private Provenance provenance;

    ConnectionSettings(Listener listener, Channel channel, long nowMillis, RandomGenerator random) {
        this.listener = listener;
        this.addresses = ProxyProtocolStart.addresses(channel);
        this.age = new ConnectionAge(nowMillis, random);
        this.tlsVersion = listener.tls() ? TlsConnection.version(channel) : "";
        this.table = listener.tables().current();
        this.settings = table.listener(listener.name());
        this.limits = limits(settings);
        this.hosts = TlsConnection.of(channel)
                .map(tls -> new HostCheck(tls, TlsConnection.clientChain(channel), InstantSource.system()))
                .orElse(null);
        this.provenance = describe();
    }

    private static HeadLimits limits(ListenerSettings settings) {
        return new HeadLimits(settings.maxHeadBytes(), settings.maxHeaderCount(), settings.maxUriBytes());
    }

    private Provenance describe() {
        Provenance plain = new Provenance(
                addresses.client(), settings.trustedProxies(), tlsVersion, listener.port(), listener.securePort());
        return hosts == null ? plain : hosts.telling(plain);
    }

    /** The table that a request which begins now is to use. */
    @SuppressWarnings("ReferenceEquality") // A new object is a new version.
    RoutingTable table() {
        RoutingTable current = listener.tables().current();
        if (current != table) {
            table = current;
            ListenerSettings next = current.listener(listener.name());
            boolean other = next != settings;
            if (other) {
                settings = next;
                limits = limits(next);
            }
            if ((hosts != null && hosts.renew(current, next)) || other) {
                provenance = describe();
            }
        }
        return current;
    }

    /** Whether the request may be served on this connection; {@link Reason#NONE} if it may. */
    Reason judge(RequestHead head) {
        return hosts == null || hosts.allows(head, table, settings) ? Reason.NONE : Reason.MISDIRECTED;
    }

    ListenerSettings listener() {
        return settings;
    }

    HeadLimits limits() {
        return limits;
    }

    /** Whether the connection is to end in an orderly way, by the table in force now. */
    boolean isOld(long nowMillis) {
        table();
        return age.isOver(nowMillis, settings.maxConnectionAgeMs());
    }

    /** Who the connection is from and what it was opened to. */
    ProxiedAddresses addresses() {
        return addresses;
    }

    Provenance provenance() {
        return provenance;
    }
}

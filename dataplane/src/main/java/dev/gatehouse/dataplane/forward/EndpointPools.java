package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Capacity;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.proxyprotocol.ProxyProtocolWriter;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import java.util.function.Consumer;

/** Makes the pool that an endpoint's transport asks for. Stateless. */
final class EndpointPools {
    private static final byte[] NOTHING = {};

    private EndpointPools() {}

    /** @param whenEmpty is told when the pool has no connection any more: who asks next may as well ask a new one */
    static EndpointPool of(Worker worker, Endpoint endpoint, Consumer<EndpointPool> whenEmpty) {
        Transport transport = endpoint.transport();
        Dialer dialer = new Dialer(worker, endpoint.address());
        if (transport.proxyHeader().isEmpty()) {
            return shared(worker, endpoint, dialer, NOTHING, whenEmpty);
        }
        ProxyVersion version = transport.proxyHeader().get();
        return new ExclusivePool(
                (request, gone) -> {
                    byte[] header = ProxyProtocolWriter.header(version, request.addresses());
                    return shared(worker, endpoint, dialer, header, gone);
                },
                endpoint.capacity(),
                whenEmpty);
    }

    /** @param first what every connection begins with, before TLS if there is any */
    private static EndpointPool shared(
            Worker worker, Endpoint endpoint, Dialer dialer, byte[] first, Consumer<EndpointPool> whenEmpty) {
        Transport transport = endpoint.transport();
        Capacity capacity = endpoint.capacity();
        if (transport.tls().isPresent()) {
            TlsClient tls = transport.tls().get();
            return new NegotiatedPool(worker, offer -> dialer.secured(first, tls, offer), capacity, whenEmpty);
        }
        Dialing dialing = dialer.plain(first);
        return switch (transport.protocol()) {
            case HTTP1 -> new UpstreamPool(worker, dialing, capacity, whenEmpty);
            case H2C -> new UpstreamHttp2Pool(worker, dialing, capacity, whenEmpty);
        };
    }
}

package dev.gatehouse.dataplane.balance;

import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import java.util.Optional;

/**
 * How connections to an endpoint begin and what is spoken over them. Immutable.
 *
 * @param protocol that requests are sent in; does not matter with TLS, where the backend chooses
 * @param proxyHeader with which every connection begins. It names one client, so such a connection serves one exchange
 * @param tls begins TLS, behind the header; empty: clear text
 */
public record Transport(Protocol protocol, Optional<ProxyVersion> proxyHeader, Optional<TlsClient> tls) {

    /** What the endpoints of a Service speak unless it says otherwise. */
    public static final Transport PLAIN = new Transport(Protocol.HTTP1, Optional.empty(), Optional.empty());

    /** What an endpoint speaks. */
    public enum Protocol {
        HTTP1,
        /** HTTP/2 in clear text, by prior knowledge. */
        H2C
    }
}

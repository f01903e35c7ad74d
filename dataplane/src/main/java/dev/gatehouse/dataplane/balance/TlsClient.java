package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;
import javax.net.ssl.SSLEngine;

/**
 * Begins TLS with backends by one {@link TlsSettings}. There is one for each distinct setting, made when the routing table
 * is, so that a connection costs no more than its handshake. Thread-safe.
 */
public interface TlsClient {

    /** What the client's side offers to speak inside (ALPN, RFC 7301). */
    enum Offer {
        HTTP2_OR_HTTP1,
        /** For what only HTTP/1.1 can do, and for backends that have chosen it before. */
        HTTP1
    }

    /** The client's side of one connection; whoever runs it releases it. */
    SSLEngine engine(InetSocketAddress peer, Offer offer);
}

package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.Cidr;
import dev.gatehouse.dataplane.policy.TlsOptions;
import dev.gatehouse.snapshot.proto.Listener;
import java.util.List;

/**
 * How a listener treats its connections. Defaults are nginx's or stricter. Immutable.
 *
 * @param name of the listener's shard
 * @param trustedProxies peers whose forwarding headers are believed
 * @param maxHeadBytes request line and header section together
 * @param maxBodyBytes {@link Long#MAX_VALUE}: no limit
 * @param headerTimeoutMs from the first byte of a head to its last
 * @param idleTimeoutMs of a kept-alive connection between requests
 * @param bodyTimeoutMs between two reads of a request's body
 * @param requestTimeoutMs of a whole exchange, where its rule names none
 * @param connectTimeoutMs until a backend has accepted a connection
 * @param upstreamIdleTimeoutMs of a kept-alive connection to a backend
 * @param maxUpstreamConnections per event loop and endpoint
 * @param poolWaitTimeoutMs how long a request may wait for one of them
 * @param proxyProtocol whether connections must begin with a PROXY header, which only trusted proxies may send
 * @param maxConnections of clients, to this listener
 * @param maxRequestsPerConnection after which a connection is ended in an orderly way
 * @param maxConcurrentStreams of one HTTP/2 connection
 * @param minBodyBytesPerSecond of a request's body over the time it was waited for, after a grace of 5 s
 * @param http2Cleartext whether clear-text clients may speak HTTP/2 by prior knowledge (RFC 9113, 3.3)
 * @param maxConnectionAgeMs after which a connection is ended in an orderly way, give or take a tenth
 * @param tls for hosts that say nothing else
 * @param refuseUnknownNames whether TLS clients that name no host of the fleet get no handshake
 * @param ocspStapling whether clients are shown what issuers say of certificates
 */
public record ListenerSettings(
        String name,
        List<Cidr> trustedProxies,
        int maxHeadBytes,
        int maxHeaderCount,
        int maxUriBytes,
        long maxBodyBytes,
        int headerTimeoutMs,
        int idleTimeoutMs,
        int bodyTimeoutMs,
        int requestTimeoutMs,
        int connectTimeoutMs,
        int upstreamIdleTimeoutMs,
        int maxUpstreamConnections,
        int poolWaitTimeoutMs,
        boolean proxyProtocol,
        boolean http2Cleartext,
        int maxConnections,
        int maxRequestsPerConnection,
        int maxConcurrentStreams,
        int minBodyBytesPerSecond,
        int maxConnectionAgeMs,
        TlsOptions tls,
        boolean refuseUnknownNames,
        boolean ocspStapling) {

    /** The settings of a listener that the snapshot says nothing of. */
    public static ListenerSettings defaults(String name) {
        return of(name, Listener.getDefaultInstance(), TlsOptions.NONE);
    }

    /**
     * A field that is 0 in the shard has the default.
     *
     * @param tls as the shard has it
     * @throws IllegalArgumentException if a trusted proxy is no CIDR or a number is not below 2^31
     */
    static ListenerSettings of(String name, Listener shard, TlsOptions tls) {
        return new ListenerSettings(
                name,
                shard.getTrustedProxiesList().stream().map(Cidr::parse).toList(),
                or(shard.getMaxHeadBytes(), 32 * 1024),
                or(shard.getMaxHeaderCount(), 100),
                or(shard.getMaxUriBytes(), 8 * 1024),
                shard.getMaxBodyBytes() == 0 ? 1024 * 1024 : shard.getMaxBodyBytes(),
                or(shard.getHeaderTimeoutMs(), 60_000),
                or(shard.getIdleTimeoutMs(), 75_000),
                or(shard.getBodyTimeoutMs(), 60_000),
                or(shard.getRequestTimeoutMs(), 60_000),
                or(shard.getConnectTimeoutMs(), 5_000),
                or(shard.getUpstreamIdleTimeoutMs(), 60_000),
                or(shard.getMaxUpstreamConnections(), 256),
                or(shard.getPoolWaitTimeoutMs(), 1_000),
                shard.getProxyProtocol(),
                shard.getHttp2Cleartext(),
                or(shard.getMaxConnections(), 16_384),
                or(shard.getMaxRequestsPerConnection(), 1_000),
                or(shard.getMaxConcurrentStreams(), 128),
                or(shard.getMinBodyBytesPerSecond(), 240),
                or(shard.getMaxConnectionAgeMs(), 3_600_000),
                tls,
                shard.getRefuseUnknownNames(),
                !shard.getOcspStaplingOff());
    }

    private static int or(int value, int fallback) {
        if (value < 0) {
            throw new IllegalArgumentException(Integer.toUnsignedString(value) + " is not below 2^31");
        }
        return value == 0 ? fallback : value;
    }

    /** The same with another time for backends to accept a connection. */
    public ListenerSettings withConnectTimeoutMs(int connectTimeoutMs) {
        return new ListenerSettings(
                name,
                trustedProxies,
                maxHeadBytes,
                maxHeaderCount,
                maxUriBytes,
                maxBodyBytes,
                headerTimeoutMs,
                idleTimeoutMs,
                bodyTimeoutMs,
                requestTimeoutMs,
                connectTimeoutMs,
                upstreamIdleTimeoutMs,
                maxUpstreamConnections,
                poolWaitTimeoutMs,
                proxyProtocol,
                http2Cleartext,
                maxConnections,
                maxRequestsPerConnection,
                maxConcurrentStreams,
                minBodyBytesPerSecond,
                maxConnectionAgeMs,
                tls,
                refuseUnknownNames,
                ocspStapling);
    }
}

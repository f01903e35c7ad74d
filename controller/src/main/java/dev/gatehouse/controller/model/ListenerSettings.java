package dev.gatehouse.controller.model;

import java.util.List;

/**
 * How the listeners of a fleet treat their connections. Sizes in bytes, times in milliseconds; 0 leaves a setting to the
 * data plane's own default.
 *
 * @param trustedProxies CIDRs whose {@code X-Forwarded-*} and PROXY headers are believed; sorted
 * @param maxBodyBytes {@link Long#MAX_VALUE} is no limit
 * @param proxyProtocol whether every connection must begin with a PROXY header
 * @param tls with clients whose host says nothing else; of the listener with TLS
 * @param refuseUnknownNames whether TLS clients that name no host of the fleet are refused
 * @param sessionTickets whether TLS clients are given tickets to come back with
 * @param ocspStapling whether TLS clients are shown what issuers say of certificates
 * @param http2Cleartext whether clear-text clients may speak HTTP/2 by prior knowledge
 */
public record ListenerSettings(
        List<String> trustedProxies,
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
        ServerTls tls,
        boolean refuseUnknownNames,
        boolean sessionTickets,
        boolean ocspStapling) {

    /** What a fleet gets that says nothing. */
    public static final ListenerSettings DEFAULTS = new ListenerSettings(
            List.of(),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            false,
            false,
            0,
            0,
            0,
            0,
            0,
            ServerTls.NONE,
            false,
            true,
            true);

    public ListenerSettings {
        trustedProxies = List.copyOf(trustedProxies);
    }
}

package dev.gatehouse.controller.model;

import java.util.List;

/**
 * How the listeners of a fleet treat their connections. Sizes in bytes, times in milliseconds; 0 leaves a setting to the
 * data plane's own default.
 *
 * @param trustedProxies CIDRs whose {@code X-Forwarded-*} and PROXY headers are believed; sorted
 * @param proxyProtocol whether every connection must begin with a PROXY header
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
        boolean proxyProtocol) {

    /** What a fleet gets that says nothing. */
    public static final ListenerSettings DEFAULTS =
            new ListenerSettings(List.of(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);

    public ListenerSettings {
        trustedProxies = List.copyOf(trustedProxies);
    }
}

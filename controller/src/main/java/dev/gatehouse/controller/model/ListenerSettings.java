package dev.gatehouse.controller.model;

import java.util.List;

/**
 * How the listeners of a fleet treat their connections. Sizes in bytes, times in milliseconds.
 *
 * @param trustedProxies CIDRs whose {@code X-Forwarded-*} is believed; sorted
 * @param maxBodyBytes 0 for no limit
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
        int poolWaitTimeoutMs) {

    /** What a fleet gets that says nothing: what people know from nginx. */
    public static final ListenerSettings DEFAULTS = new ListenerSettings(
            List.of(), 32 << 10, 100, 8 << 10, 0, 60_000, 75_000, 60_000, 60_000, 5_000, 60_000, 256, 1_000);

    public ListenerSettings {
        trustedProxies = List.copyOf(trustedProxies);
    }
}

package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.proto.Listener;
import java.time.Duration;
import java.util.List;

/**
 * How a listener treats its connections. Defaults are nginx's or stricter.
 *
 * @param trustedProxies peers whose forwarding headers are believed
 * @param maxBodyBytes 0: no limit
 * @param headerTimeout from the first byte of a head to its last
 * @param idleTimeout of a kept-alive connection between requests
 * @param bodyTimeout between two reads of a request's body
 * @param requestTimeout of a whole exchange, where its rule names none
 * @param maxUpstreamConnections per event loop and endpoint
 * @param poolWait how long a request may wait for one of them
 */
public record ListenerSettings(
        List<Cidr> trustedProxies,
        int maxHeadBytes,
        int maxHeaderCount,
        int maxUriBytes,
        long maxBodyBytes,
        Duration headerTimeout,
        Duration idleTimeout,
        Duration bodyTimeout,
        Duration requestTimeout,
        Duration connectTimeout,
        Duration upstreamIdleTimeout,
        int maxUpstreamConnections,
        Duration poolWait) {

    public static final ListenerSettings DEFAULT = of(Listener.getDefaultInstance());

    /**
     * A field that is 0 in the shard has the default.
     *
     * @throws IllegalArgumentException if a trusted proxy is no CIDR
     */
    static ListenerSettings of(Listener shard) {
        return new ListenerSettings(
                shard.getTrustedProxiesList().stream().map(Cidr::parse).toList(),
                or(shard.getMaxHeadBytes(), 32 * 1024),
                or(shard.getMaxHeaderCount(), 100),
                or(shard.getMaxUriBytes(), 8 * 1024),
                shard.getMaxBodyBytes(),
                millis(shard.getHeaderTimeoutMs(), 60_000),
                millis(shard.getIdleTimeoutMs(), 75_000),
                millis(shard.getBodyTimeoutMs(), 60_000),
                millis(shard.getRequestTimeoutMs(), 60_000),
                millis(shard.getConnectTimeoutMs(), 5_000),
                millis(shard.getUpstreamIdleTimeoutMs(), 60_000),
                or(shard.getMaxUpstreamConnections(), 256),
                millis(shard.getPoolWaitTimeoutMs(), 1_000));
    }

    private static int or(int value, int fallback) {
        return value == 0 ? fallback : value;
    }

    private static Duration millis(int value, int fallback) {
        return Duration.ofMillis(or(value, fallback));
    }
}

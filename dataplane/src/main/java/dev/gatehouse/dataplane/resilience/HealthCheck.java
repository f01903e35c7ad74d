package dev.gatehouse.dataplane.resilience;

import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.BitSet;
import java.util.Optional;

/**
 * How every endpoint of an upstream is asked whether it is well. Immutable.
 *
 * @param ask what it is asked
 * @param port that is asked; 0: the one that requests go to
 * @param intervalMillis from the beginning of a check to that of the next, give or take a tenth
 * @param timeoutMillis for one check as a whole
 * @param healthyThreshold how many checks in a row an unhealthy endpoint must pass
 * @param unhealthyThreshold how many checks in a row a healthy endpoint must fail
 */
public record HealthCheck(
        Ask ask, int port, int intervalMillis, int timeoutMillis, int healthyThreshold, int unhealthyThreshold) {

    /** What an endpoint is asked. */
    public sealed interface Ask {

        /**
         * A GET that must be answered with one of these statuses.
         *
         * @param host empty: the endpoint's address and port
         */
        record Http(String path, String host, BitSet statuses) implements Ask {}

        /** To accept a connection, and to shake hands where it speaks TLS. */
        record Tcp() implements Ask {}

        /**
         * {@code grpc.health.v1.Health/Check}, to be answered with SERVING.
         *
         * @param service empty: the server as a whole
         */
        record Grpc(String service) implements Ask {}
    }

    /**
     * That of an upstream; empty if its endpoints are not checked.
     *
     * @throws IllegalArgumentException if it asks for what this version does not know, or a number cannot be
     */
    public static Optional<HealthCheck> of(Upstream wire) {
        if (!wire.hasHealthCheck()) {
            return Optional.empty();
        }
        Upstream.HealthCheck check = wire.getHealthCheck();
        if (check.getIntervalMs() <= 0
                || check.getTimeoutMs() <= 0
                || check.getHealthyThreshold() <= 0
                || check.getUnhealthyThreshold() <= 0
                || check.getPort() < 0
                || check.getPort() > 65_535) {
            throw new IllegalArgumentException("a number of the health check is not one that can be");
        }
        return Optional.of(new HealthCheck(
                ask(check),
                check.getPort(),
                check.getIntervalMs(),
                check.getTimeoutMs(),
                check.getHealthyThreshold(),
                check.getUnhealthyThreshold()));
    }

    private static Ask ask(Upstream.HealthCheck check) {
        return switch (check.getProbeCase()) {
            case HTTP -> http(check.getHttp());
            case TCP -> new Ask.Tcp();
            case GRPC -> new Ask.Grpc(check.getGrpc().getService());
            case PROBE_NOT_SET ->
                throw new IllegalArgumentException("asks for a kind of health check that this version does not know");
        };
    }

    private static Ask http(Upstream.HealthCheck.Http http) {
        BitSet statuses = new BitSet(600);
        for (StatusRange range : http.getStatusesList()) {
            if (range.getFrom() < 100 || range.getTo() > 599 || range.getTo() < range.getFrom()) {
                throw new IllegalArgumentException("a health check expects the statuses " + range.getFrom() + " to "
                        + range.getTo() + ", which are none");
            }
            statuses.set(range.getFrom(), range.getTo() + 1);
        }
        return new Ask.Http(http.getPath(), http.getHost(), statuses);
    }
}

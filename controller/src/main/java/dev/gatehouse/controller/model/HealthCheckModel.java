package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.FilterModel.StatusRange;
import java.util.List;

/**
 * How the endpoints of a Service's port are asked whether they are well.
 *
 * @param port 0: that of requests
 * @param intervalMs at least 100
 */
public record HealthCheckModel(
        Ask ask, int port, int intervalMs, int timeoutMs, int healthyThreshold, int unhealthyThreshold) {

    /** What they are asked. */
    public sealed interface Ask {

        /**
         * A GET.
         *
         * @param host empty: the endpoint's address and port
         */
        record Http(String path, String host, List<StatusRange> statuses) implements Ask {}

        /** A connection. */
        record Tcp() implements Ask {}

        /**
         * gRPC's health protocol.
         *
         * @param service empty: the server as a whole
         */
        record Grpc(String service) implements Ask {}
    }
}

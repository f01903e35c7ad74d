package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** Bounds of a listener. What is absent is left to the data plane's own default. Sizes in bytes. */
@ApiType
public record FleetLimits(
        @JsonPropertyDescription("Largest request head (request line and headers). Default 32768.")
        @Min(1024)
        @Max(1_048_576)
        @Nullable
        Integer maxHeadBytes,

        @JsonPropertyDescription("Most headers in a request. Default 100.") @Min(1) @Max(1000) @Nullable
        Integer maxHeaderCount,

        @JsonPropertyDescription("Longest request target. Default 8192.") @Min(64) @Max(1_048_576) @Nullable
        Integer maxUriBytes,

        @JsonPropertyDescription("Largest request body. Default 1048576; 0 is no limit.") @Min(0) @Nullable
        Long maxBodyBytes,

        @JsonPropertyDescription("Most connections of one event loop to one endpoint. Default 256.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer maxUpstreamConnections,

        @JsonPropertyDescription("Most connections of clients to one listener of one pod. Default 16384.")
        @Min(1)
        @Max(1_048_576)
        @Nullable
        Integer maxConnections,

        @JsonPropertyDescription("Requests after which a client's connection is ended in an orderly way. Default 1000.")
        @Min(1)
        @Max(1_000_000_000)
        @Nullable
        Integer maxRequestsPerConnection,

        @JsonPropertyDescription("Most requests at the same time on one HTTP/2 connection. Default 128.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer maxConcurrentStreams,

        @JsonPropertyDescription(
                "Slowest request body that is waited for, in bytes per second over its whole time, after the first 5 seconds."
                        + " Default 240.")
        @Min(1)
        @Max(1_048_576)
        @Nullable
        Integer minBodyBytesPerSecond) {

    static final FleetLimits NONE = new FleetLimits(null, null, null, null, null, null, null, null, null);
}

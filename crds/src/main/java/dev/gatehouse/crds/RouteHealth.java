package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** How endpoints that fail are found and left out. */
@ApiType
public record RouteHealth(
        @JsonPropertyDescription(
                "Asks every endpoint now and then whether it is well, and leaves those out that are not. Kept by endpoint and shared"
                        + " as outlier is.")
        @Nullable
        RouteHealthCheck active,

        @JsonPropertyDescription(
                "Leaves an endpoint out for a while when its answers to requests fail in a row. Kept by endpoint and shared by all"
                        + " rules that lead to the Service's port: of two that say something else the older object decides.")
        @Nullable
        RouteOutlier outlier) {}

package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a rule chooses among the endpoints of its Services.
 *
 * @param slowStart see {@link DurationText} for the form
 */
@ApiType
@ValidationRule(
        value = "has(self.hash) == (has(self.policy) && self.policy == 'consistentHash')",
        message = "hash says what policy: consistentHash hashes: write both, for example"
                + " {policy: consistentHash, hash: {header: x-user}}, or neither")
public record RouteLoadBalancing(
        @JsonPropertyDescription(
                "roundRobin: in turn. leastRequest: the one with the fewest requests in progress. peakEwma: the one that is"
                        + " likely to answer first, by its latest times to the first byte and its requests in progress. random."
                        + " consistentHash: always the same one for the same hash. Default roundRobin.")
        @Nullable
        Policy policy,

        @JsonPropertyDescription("What keeps requests together, with policy: consistentHash.") @Nullable
        RouteHash hash,

        @JsonPropertyDescription(
                "Whether endpoints in the data plane's own zone come first, as far as they are enough for its share.")
        @Nullable
        Boolean zoneAware,

        @JsonPropertyDescription(
                "Over which time a new endpoint comes to its full share, for example 30s. Absent: at once. Does not apply to"
                        + " consistentHash.")
        @Size(min = 1, max = 32)
        @ValidationRule(value = DurationText.CEL, message = DurationText.CEL_MESSAGE)
        @Nullable
        String slowStart,

        @JsonPropertyDescription(
                "A cookie that keeps a client with its endpoint for as long as that is there. New clients go by policy.")
        @Nullable
        RouteStickyCookie stickyCookie) {

    public RouteLoadBalancing {
        policy = Objects.requireNonNullElse(policy, Policy.ROUND_ROBIN);
        zoneAware = Objects.requireNonNullElse(zoneAware, false);
    }

    /** Who is chosen. */
    public enum Policy {
        @JsonProperty("roundRobin")
        ROUND_ROBIN,
        @JsonProperty("leastRequest")
        LEAST_REQUEST,
        @JsonProperty("peakEwma")
        PEAK_EWMA,
        @JsonProperty("random")
        RANDOM,
        @JsonProperty("consistentHash")
        CONSISTENT_HASH
    }
}

package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Service and its share of the requests.
 *
 * @param service name of the Service; "" when the object leaves it out
 * @param port name or number of the Service's port
 * @param weight share relative to the other backends; 0 takes no requests; 1 when absent
 * @param namespace of the Service; null: the route's
 */
@ApiType
public record RouteBackend(
        @JsonPropertyDescription("Name of a Service, in the route's namespace unless another one is named.")
        @Required
        @Size(min = 1, max = 63)
        String service,

        @JsonPropertyDescription("Port of the Service, by name or by number (the Service's port, not its targetPort).")
        @Required
        // No rule: a union of int and string has no length in a schema, so every expression over it exceeds CEL's
        // budget.
        @Nullable
        IntOrString port,

        @JsonPropertyDescription("Share of the requests relative to the other backends; 0 takes none.")
        @Default("1")
        @Min(0)
        @Max(1_000_000)
        Integer weight,

        @JsonPropertyDescription(
                "Namespace of the Service, if it is another than the route's: there, a ReferenceGrant of the Gateway API must"
                        + " let ProxyRoutes of this namespace refer to it.")
        @Size(min = 1, max = 63)
        @Nullable
        String namespace,

        @JsonPropertyDescription("What the backend is in the rule's split.")
        @Size(min = 1, max = 63)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "a variant has lower-case letters, digits and dashes: write for example blue")
        @Nullable
        String variant) {

    public RouteBackend {
        service = Absent.text(service);
        weight = Objects.requireNonNullElse(weight, 1);
    }
}

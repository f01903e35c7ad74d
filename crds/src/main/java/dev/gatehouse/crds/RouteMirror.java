package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A Service that gets copies of requests.
 *
 * @param service name of the Service; "" when the object leaves it out
 * @param port name or number of the Service's port
 * @param percent 100 when absent
 */
@ApiType
public record RouteMirror(
        @JsonPropertyDescription("Name of a Service in the route's namespace.") @Required @Size(min = 1, max = 63)
        String service,

        @JsonPropertyDescription("Port of the Service, by name or by number (the Service's port, not its targetPort).")
        @Required
        @Nullable
        IntOrString port,

        @JsonPropertyDescription("How many of a hundred requests are copied, chosen by chance.")
        @Default("100")
        @Min(1)
        @Max(100)
        Integer percent) {

    public RouteMirror {
        service = Absent.text(service);
        percent = Objects.requireNonNullElse(percent, 100);
    }
}

package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An answer that needs no backend.
 *
 * @param status 200 when absent
 * @param contentType absent: plain text
 * @param body "" when absent
 */
@ApiType
public record RouteResponse(
        @JsonPropertyDescription("Status of the answer.") @Default("200") @Min(200) @Max(599)
        Integer status,

        @JsonPropertyDescription("Content-Type of the body. Absent: text/plain; charset=utf-8.")
        @Size(min = 1, max = 128)
        @ValidationRule(
                value = "self.matches('^[!-~]+/[ -~]+$')",
                message = "a content type is a type and a subtype: write text/html; charset=utf-8")
        @Nullable
        String contentType,

        @JsonPropertyDescription("The body, up to 8 KiB.") @Size(max = 8192)
        String body,

        @JsonPropertyDescription("Further headers of the answer.")
        @Size(max = 16)
        @ValidationRule(value = HeaderEdit.CEL, message = HeaderEdit.CEL_MESSAGE)
        Map<String, @Size(max = 1024) String> headers) {

    public RouteResponse {
        status = Objects.requireNonNullElse(status, 200);
        body = Absent.text(body);
        headers = Absent.map(headers);
    }
}

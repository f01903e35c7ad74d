package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A body in the place of the one that comes with an error.
 *
 * @param contentType absent: HTML
 * @param body "" when the object leaves it out
 * @param backend whether it stands for what backends answer, too; absent: not
 */
@ApiType
public record ErrorPage(
        @JsonPropertyDescription("Statuses it stands for: 404, 502-504; 400 to 599.")
        @Required
        @Size(min = 1, max = 16)
        @ValidationRule(
                value = "self.all(s, s.matches('^[45][0-9][0-9](-[45][0-9][0-9])?$'))",
                message = "a status is one from 400 to 599, or a range of them: write \"404\" or \"502-504\"")
        List<@Size(min = 3, max = 7) String> statuses,

        @JsonPropertyDescription("Content-Type of the body. Absent: text/html; charset=utf-8.")
        @Size(min = 1, max = 128)
        @ValidationRule(
                value = "self.matches('^[!-~]+/[ -~]+$')",
                message = "a content type is a type and a subtype: write text/html; charset=utf-8")
        @Nullable
        String contentType,

        @JsonPropertyDescription("The body, up to 8 KiB.") @Required @Size(min = 1, max = 8192)
        String body,

        @JsonPropertyDescription(
                "Whether it takes the place of what backends answer, too. Absent: of answers of Gatehouse's own alone.")
        @Nullable
        Boolean backend) {

    public ErrorPage {
        statuses = Absent.list(statuses);
        body = Absent.text(body);
    }

    /** Whether it stands for what backends answer, too. */
    public boolean ofBackends() {
        return Objects.requireNonNullElse(backend, false);
    }
}

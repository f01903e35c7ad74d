package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a client is led instead. What is left out stays as the request has it; the query stays in any case.
 *
 * @param status 302 when absent
 */
@ApiType
@ValidationRule(
        value = "has(self.scheme) || has(self.host) || has(self.port) || has(self.path) || has(self.prefix)",
        message =
                "a redirect that changes nothing leads back to itself: write scheme: https, host, port, path or prefix")
@ValidationRule(
        value = "!(has(self.path) && has(self.prefix))",
        message = "write one of path and prefix: the path changes once")
public record RouteRedirect(
        @JsonPropertyDescription("http or https.")
        @ValidationRule(value = "self in ['http', 'https']", message = "a scheme is http or https")
        @Size(min = 1, max = 8)
        @Nullable
        String scheme,

        @JsonPropertyDescription("Host name to lead to.")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message =
                        "a host is a lower-case DNS name without port: write shop.example.com, and the port under port")
        @Nullable
        String host,

        @JsonPropertyDescription(
                "Port to lead to. Absent: that of the scheme if there is one here, otherwise that of the request.")
        @Min(1)
        @Max(65535)
        @Nullable
        Integer port,

        @JsonPropertyDescription("Takes the place of the whole path.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.startsWith('/') && !self.contains('?') && !self.contains('#')",
                message = "a path begins with a slash and has no query: write /new")
        @Nullable
        String path,

        @JsonPropertyDescription(
                "Takes the place of the prefix that the rule matched: with prefix /new a match of /old leads /old/a to /new/a.")
        @Size(min = 1, max = 1024)
        @ValidationRule(
                value = "self.startsWith('/')",
                message = "a path begins with a slash: write / to take the matched prefix away")
        @Nullable
        String prefix,

        @JsonPropertyDescription(
                "Status of the answer: 301, 302, 303, 307 or 308. 301 and 308 are kept by browsers; 307 and 308 keep the method.")
        @Default("302")
        @ValidationRule(
                value = "self in [301, 302, 303, 307, 308]",
                message = "a redirect has the status 301, 302, 303, 307 or 308")
        Integer status) {

    public RouteRedirect {
        status = Objects.requireNonNullElse(status, 302);
    }
}

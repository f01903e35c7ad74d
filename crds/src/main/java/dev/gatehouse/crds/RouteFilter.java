package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One change to a request or its response. Exactly one field is set. */
@ApiType
@ValidationRule(
        value = "[has(self.requestHeaders), has(self.responseHeaders), has(self.rewrite)].filter(x, x).size() == 1",
        message = "a filter does one thing: write a list entry each for requestHeaders, responseHeaders and rewrite")
public record RouteFilter(
        @JsonPropertyDescription("Edits the headers of the request before it goes to the backend.") @Nullable
        HeaderEdit requestHeaders,

        @JsonPropertyDescription("Edits the headers of the backend's response.") @Nullable
        HeaderEdit responseHeaders,

        @JsonPropertyDescription("Changes the path that the backend sees.") @Nullable
        PathRewrite rewrite) {}

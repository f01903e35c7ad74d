package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that is done to a request or its response. Exactly one field is set. */
@ApiType
@ValidationRule(
        value =
                "[has(self.requestHeaders), has(self.responseHeaders), has(self.rewrite), has(self.redirect),"
                        + " has(self.respond), has(self.cors), has(self.errorPages), has(self.mirror)].filter(x, x).size() == 1",
        message = "a filter does one thing: write a list entry each for requestHeaders, responseHeaders, rewrite,"
                + " redirect, respond, cors, errorPages and mirror")
public record RouteFilter(
        @JsonPropertyDescription("Edits the headers of the request before it goes to the backend.") @Nullable
        HeaderEdit requestHeaders,

        @JsonPropertyDescription("Edits the headers of the backend's response.") @Nullable
        HeaderEdit responseHeaders,

        @JsonPropertyDescription("Changes the path or the host that the backend sees.") @Nullable
        PathRewrite rewrite,

        @JsonPropertyDescription("Leads the client elsewhere; the rule needs no backends.") @Nullable
        RouteRedirect redirect,

        @JsonPropertyDescription("Answers by itself, for example with a maintenance page; the rule needs no backends.")
        @Nullable
        RouteResponse respond,

        @JsonPropertyDescription("Lets scripts of other origins in; preflights are answered here.") @Nullable
        RouteCors cors,

        @JsonPropertyDescription(
                "Bodies in the place of those that come with errors; the first that fits is taken. Status and headers stay.")
        @Size(min = 1, max = 8)
        List<ErrorPage> errorPages,

        @JsonPropertyDescription("Sends copies of requests to another Service, whose answers are dropped.") @Nullable
        RouteMirror mirror) {

    public RouteFilter {
        errorPages = Absent.list(errorPages);
    }

    public static RouteFilter ofRequestHeaders(HeaderEdit edit) {
        return new RouteFilter(edit, null, null, null, null, null, List.of(), null);
    }

    public static RouteFilter ofResponseHeaders(HeaderEdit edit) {
        return new RouteFilter(null, edit, null, null, null, null, List.of(), null);
    }

    public static RouteFilter of(PathRewrite rewrite) {
        return new RouteFilter(null, null, rewrite, null, null, null, List.of(), null);
    }

    public static RouteFilter of(RouteRedirect redirect) {
        return new RouteFilter(null, null, null, redirect, null, null, List.of(), null);
    }

    public static RouteFilter of(RouteResponse response) {
        return new RouteFilter(null, null, null, null, response, null, List.of(), null);
    }

    public static RouteFilter of(RouteCors cors) {
        return new RouteFilter(null, null, null, null, null, cors, List.of(), null);
    }

    public static RouteFilter ofErrorPages(List<ErrorPage> pages) {
        return new RouteFilter(null, null, null, null, null, null, pages, null);
    }

    public static RouteFilter of(RouteMirror mirror) {
        return new RouteFilter(null, null, null, null, null, null, List.of(), mirror);
    }

    /** Whether it answers requests, so that they need no backend. */
    public boolean answers() {
        return redirect != null || respond != null;
    }
}

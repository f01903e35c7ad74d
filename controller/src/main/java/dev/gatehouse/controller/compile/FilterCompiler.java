package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.FilterModel;
import dev.gatehouse.controller.model.HeaderText;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Cors;
import dev.gatehouse.snapshot.proto.ErrorPage;
import dev.gatehouse.snapshot.proto.ErrorPages;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.FixedResponse;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.HostRewrite;
import dev.gatehouse.snapshot.proto.Mirror;
import dev.gatehouse.snapshot.proto.PathRewrite;
import dev.gatehouse.snapshot.proto.PrefixRewrite;
import dev.gatehouse.snapshot.proto.Redirect;
import dev.gatehouse.snapshot.proto.RegexRewrite;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.ValuePart;
import dev.gatehouse.snapshot.proto.Variable;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes the wire form of one filter. */
final class FilterCompiler {

    private final Backends backends;

    FilterCompiler(Backends backends) {
        this.backends = backends;
    }

    /**
     * One filter.
     *
     * @param namespace of the route
     * @param told of what is wrong with a backend of it
     * @param features takes what a node must know to apply it
     */
    Filter.Builder compile(String namespace, FilterModel model, Told told, Set<String> features) {
        Filter.Builder filter = Filter.newBuilder();
        switch (model) {
            case FilterModel.RequestHeaders(FilterModel.HeaderEdits edits) -> {
                features.add(Features.FILTER_HEADERS);
                filter.setRequestHeaders(edits(edits, features));
            }
            case FilterModel.ResponseHeaders(FilterModel.HeaderEdits edits) -> {
                features.add(Features.FILTER_HEADERS);
                filter.setResponseHeaders(edits(edits, features));
            }
            case FilterModel.RewritePrefix(String prefix) -> {
                features.add(Features.FILTER_REWRITE_PREFIX);
                filter.setRewritePrefix(PrefixRewrite.newBuilder().setPrefix(prefix));
            }
            case FilterModel.RewritePath(String path) -> {
                features.add(Features.FILTER_REWRITE_PATH);
                filter.setRewritePath(PathRewrite.newBuilder().setPath(path));
            }
            case FilterModel.RewriteRegex(String pattern, String substitution) -> {
                features.add(Features.FILTER_REWRITE_REGEX);
                filter.setRewriteRegex(
                        RegexRewrite.newBuilder().setPattern(pattern).setSubstitution(substitution));
            }
            case FilterModel.RewriteHost(String host) -> {
                features.add(Features.FILTER_REWRITE_HOST);
                filter.setRewriteHost(HostRewrite.newBuilder().setHost(host));
            }
            case FilterModel.Redirect redirect -> {
                features.add(Features.FILTER_REDIRECT);
                filter.setRedirect(redirect(redirect));
            }
            case FilterModel.Respond respond -> {
                features.add(Features.FILTER_RESPOND);
                filter.setRespond(respond(respond, features));
            }
            case FilterModel.Mirror(BackendModel backend, int percent) -> {
                features.add(Features.FILTER_MIRROR);
                filter.setMirror(Mirror.newBuilder()
                        .setBackend(backends.resolve(namespace, backend, told, features))
                        .setPercent(percent));
            }
            case FilterModel.ErrorPages(List<FilterModel.ErrorPageModel> pages) -> {
                features.add(Features.FILTER_ERROR_PAGES);
                filter.setErrorPages(ErrorPages.newBuilder()
                        .addAllPages(pages.stream().map(FilterCompiler::page).toList()));
            }
            case FilterModel.Cors cors -> {
                features.add(Features.FILTER_CORS);
                filter.setCors(Cors.newBuilder()
                        .addAllAllowOrigins(cors.allowOrigins())
                        .addAllAllowMethods(cors.allowMethods())
                        .addAllAllowHeaders(cors.allowHeaders())
                        .addAllExposeHeaders(cors.exposeHeaders())
                        .setAllowCredentials(cors.allowCredentials())
                        .setMaxAgeSeconds(cors.maxAgeSeconds()));
            }
        }
        return filter;
    }

    private static Redirect redirect(FilterModel.Redirect model) {
        Redirect.Builder redirect = Redirect.newBuilder()
                .setStatus(model.status())
                .setScheme(model.scheme())
                .setHost(model.host())
                .setPort(model.port());
        model.path().ifPresent(path -> {
            switch (path) {
                case FilterModel.RewritePath(String full) -> redirect.setFullPath(full);
                case FilterModel.RewritePrefix(String prefix) -> redirect.setPrefix(prefix);
                default -> throw new IllegalStateException("no redirect leads to " + path);
            }
        });
        return redirect.build();
    }

    private static FixedResponse respond(FilterModel.Respond model, Set<String> features) {
        FixedResponse.Builder response = FixedResponse.newBuilder()
                .setStatus(model.status())
                .setContentType(model.contentType())
                .setBody(ByteString.copyFromUtf8(model.body()));
        model.headers().forEach(header -> response.addHeaders(value(header, features)));
        return response.build();
    }

    private static ErrorPage page(FilterModel.ErrorPageModel model) {
        ErrorPage.Builder page = ErrorPage.newBuilder()
                .setContentType(model.contentType())
                .setBody(ByteString.copyFromUtf8(model.body()))
                .setBackend(model.backend());
        model.statuses()
                .forEach(range -> page.addStatuses(
                        StatusRange.newBuilder().setFrom(range.from()).setTo(range.to())));
        return page.build();
    }

    private static HeaderEdit edits(FilterModel.HeaderEdits edits, Set<String> features) {
        HeaderEdit.Builder edit = HeaderEdit.newBuilder();
        edits.set().forEach(header -> edit.addSet(value(header, features)));
        edits.add().forEach(header -> edit.addAdd(value(header, features)));
        return edit.addAllRemove(edits.remove()).build();
    }

    private static HeaderValue value(FilterModel.Header header, Set<String> features) {
        HeaderValue.Builder value = HeaderValue.newBuilder().setName(header.name());
        Optional<String> plain = header.value().plain();
        if (plain.isPresent()) {
            return value.setValue(plain.get()).build();
        }
        features.add(Features.FILTER_HEADER_VARIABLES);
        for (HeaderText.Part part : header.value().parts()) {
            ValuePart.Builder wire = ValuePart.newBuilder();
            switch (part) {
                case HeaderText.Part.Text(String text) -> wire.setText(text);
                case HeaderText.Part.Of(Variable variable) -> wire.setVariable(variable);
            }
            value.addParts(wire);
        }
        return value.build();
    }
}

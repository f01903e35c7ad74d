package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A collection of the API that is listed and watched.
 *
 * @param namespace empty: all of them, or the kind has none
 * @param labelSelector as kubectl takes it; empty: all
 * @param fieldSelector likewise
 * @param pageSize how many objects are asked for at once
 * @param optional whether the API server may not know the kind at all: there are no objects of it then
 */
record Source<T extends HasMetadata>(
        Class<T> type, String namespace, String labelSelector, String fieldSelector, int pageSize, boolean optional) {

    private static final int PAGE = 500;

    /** Everything of a kind. */
    static <T extends HasMetadata> Source<T> of(Class<T> type) {
        return new Source<>(type, "", "", "", PAGE, false);
    }

    Source<T> in(String oneNamespace) {
        return new Source<>(type, oneNamespace, labelSelector, fieldSelector, pageSize, optional);
    }

    Source<T> labelled(String selector) {
        return new Source<>(type, namespace, selector, fieldSelector, pageSize, optional);
    }

    Source<T> withField(String selector) {
        return new Source<>(type, namespace, labelSelector, selector, pageSize, optional);
    }

    Source<T> inPagesOf(int size) {
        return new Source<>(type, namespace, labelSelector, fieldSelector, size, optional);
    }

    Source<T> maybeAbsent() {
        return new Source<>(type, namespace, labelSelector, fieldSelector, pageSize, true);
    }

    /** @param next where an earlier page ended; empty: the first page */
    String list(String next) {
        return path("limit=" + pageSize + (next.isEmpty() ? "" : "&continue=" + encode(next)));
    }

    /** @param seconds after which the API server is to end the watch */
    String watch(String fromVersion, int seconds) {
        return path("watch=true&allowWatchBookmarks=true&timeoutSeconds=" + seconds + "&resourceVersion="
                + encode(fromVersion));
    }

    private String path(String query) {
        String version = HasMetadata.getApiVersion(type);
        return (version.contains("/") ? "/apis/" : "/api/") + version
                + (namespace.isEmpty() ? "" : "/namespaces/" + namespace)
                + "/" + HasMetadata.getPlural(type) + "?" + query
                + (labelSelector.isEmpty() ? "" : "&labelSelector=" + encode(labelSelector))
                + (fieldSelector.isEmpty() ? "" : "&fieldSelector=" + encode(fieldSelector));
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}

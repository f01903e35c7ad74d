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
 * @param metadataOnly whether nothing but the metadata of the objects is to be sent
 */
record Source<T extends HasMetadata>(
        Class<T> type,
        String namespace,
        String labelSelector,
        String fieldSelector,
        int pageSize,
        boolean optional,
        boolean metadataOnly) {

    /** What the API server answers with unless it is asked for something else. */
    static final String WHOLE = "application/json";

    private static final int PAGE = 500;

    /** Everything of a kind. */
    static <T extends HasMetadata> Source<T> of(Class<T> type) {
        return new Source<>(type, "", "", "", PAGE, false, false);
    }

    Source<T> in(String oneNamespace) {
        return new Source<>(type, oneNamespace, labelSelector, fieldSelector, pageSize, optional, metadataOnly);
    }

    Source<T> labelled(String selector) {
        return new Source<>(type, namespace, selector, fieldSelector, pageSize, optional, metadataOnly);
    }

    Source<T> withField(String selector) {
        return new Source<>(type, namespace, labelSelector, selector, pageSize, optional, metadataOnly);
    }

    Source<T> inPagesOf(int size) {
        return new Source<>(type, namespace, labelSelector, fieldSelector, size, optional, metadataOnly);
    }

    Source<T> maybeAbsent() {
        return new Source<>(type, namespace, labelSelector, fieldSelector, pageSize, true, metadataOnly);
    }

    Source<T> ofMetadata() {
        return new Source<>(type, namespace, labelSelector, fieldSelector, pageSize, optional, true);
    }

    /** The form in which a page of a listing is asked for (Kubernetes API concepts, "Metadata-only fetches"). */
    String acceptOfList() {
        return metadataOnly ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" : WHOLE;
    }

    /** The form in which the events of a watch are asked for. */
    String acceptOfWatch() {
        return metadataOnly ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" : WHOLE;
    }

    /** Path of one object of the kind. */
    String one(String name) {
        return collection() + "/" + encode(name);
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

    private String collection() {
        String version = HasMetadata.getApiVersion(type);
        return (version.contains("/") ? "/apis/" : "/api/") + version
                + (namespace.isEmpty() ? "" : "/namespaces/" + namespace)
                + "/" + HasMetadata.getPlural(type);
    }

    private String path(String query) {
        return collection() + "?" + query
                + (labelSelector.isEmpty() ? "" : "&labelSelector=" + encode(labelSelector))
                + (fieldSelector.isEmpty() ? "" : "&fieldSelector=" + encode(fieldSelector));
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }
}

package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an informer remembers: the version of each object by its name. That is all it needs to pass over what a new listing
 * did not change and to notice what is gone. The content is kept in models, once. Thread-safe.
 */
final class VersionStore<T extends HasMetadata> implements ItemStore<T> {

    private final Supplier<T> blank;
    private final Map<String, String> versions = new ConcurrentHashMap<>();

    /** @param blank makes an empty object of the kind */
    VersionStore(Supplier<T> blank) {
        this.blank = blank;
    }

    @Override
    public String getKey(T object) {
        return Cache.metaNamespaceKeyFunc(object);
    }

    @Override
    public @Nullable T put(String key, T object) {
        return object(key, versions.put(key, version(object)));
    }

    @Override
    public @Nullable T remove(String key) {
        return object(key, versions.remove(key));
    }

    @Override
    public Stream<String> keySet() {
        return versions.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return versions.entrySet().stream().map(entry -> stub(entry.getKey(), entry.getValue()));
    }

    @Override
    public int size() {
        return versions.size();
    }

    @Override
    public @Nullable T get(String key) {
        return object(key, versions.get(key));
    }

    /** False: the informer then hands on the objects that it lists, and does not look them up here. */
    @Override
    public boolean isFullState() {
        return false;
    }

    private static String version(HasMetadata object) {
        String version = object.getMetadata().getResourceVersion();
        return version == null ? "" : version;
    }

    private @Nullable T object(String key, @Nullable String version) {
        return version == null ? null : stub(key, version);
    }

    private T stub(String key, String version) {
        int slash = key.indexOf('/');
        ObjectMeta metadata = new ObjectMeta();
        if (slash >= 0) {
            metadata.setNamespace(key.substring(0, slash));
        }
        metadata.setName(key.substring(slash + 1));
        metadata.setResourceVersion(version);
        T stub = blank.get();
        stub.setMetadata(metadata);
        return stub;
    }
}

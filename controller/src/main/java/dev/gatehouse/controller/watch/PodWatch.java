package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Watches the pods of data planes, wherever there may be some, by their label: who is gone is not to be served any more. While the
 * API server is away nothing is told; what went in between is told afterwards.
 */
public final class PodWatch implements AutoCloseable {

    /** Pods that have ended for good and are kept to be looked at, such as evicted ones. */
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private final List<Reflector<Pod>> reflectors = new ArrayList<>();

    /** Is told of pods by their UIDs, on the event loop of the {@link ApiServer}. Must not block. */
    public interface Sink {

        void podThere(String uid);

        /** It was deleted, or has ended for good. */
        void podGone(String uid);

        /** Every pod there is has been told of once. */
        void podsListed();
    }

    /**
     * Prepares the watch; {@link #start()} begins.
     *
     * @param label that pods of data planes have
     */
    public PodWatch(ApiServer server, WatchScope scope, String label, Sink sink, RandomGenerator random) {
        Source<Pod> everywhere = Source.of(Pod.class).labelled(label);
        List<Source<Pod>> places = scope.namespaces().isEmpty()
                ? List.of(everywhere)
                : scope.namespaces().stream().map(everywhere::in).toList();
        AtomicInteger unlisted = new AtomicInteger(places.size());
        places.forEach(place -> reflectors.add(new Reflector<>(server, place, new Passing(sink, unlisted), random)));
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        reflectors.forEach(Reflector::start);
    }

    @Override
    public void close() {
        reflectors.forEach(Reflector::close);
    }

    private static final class Passing implements Reflector.Sink<Pod> {

        private final Sink sink;
        private final AtomicInteger unlisted;
        private final Map<String, String> uids = new HashMap<>(); // by namespace/name

        /** @param unlisted places that are not listed yet */
        Passing(Sink sink, AtomicInteger unlisted) {
            this.sink = sink;
            this.unlisted = unlisted;
        }

        @Override
        public void present(Pod pod) {
            String uid = pod.getMetadata().getUid();
            String before = uids.put(
                    key(pod.getMetadata().getNamespace(), pod.getMetadata().getName()), uid);
            if (before != null && !before.equals(uid)) {
                sink.podGone(before); // deleted and made again under its name while the watch was broken
            }
            if (pod.getStatus() != null && ENDED.contains(pod.getStatus().getPhase())) {
                sink.podGone(uid);
            } else {
                sink.podThere(uid);
            }
        }

        @Override
        public void gone(String namespace, String name) {
            String uid = uids.remove(key(namespace, name));
            if (uid != null) {
                sink.podGone(uid);
            }
        }

        @Override
        public void listed() {
            if (unlisted.decrementAndGet() == 0) {
                sink.podsListed();
            }
        }

        private static String key(String namespace, String name) {
            return namespace + "/" + name;
        }
    }
}

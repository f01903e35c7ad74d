package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the pods of data planes, wherever there may be some, by their label: who is gone is not to be served any more. While the
 * API server is away nothing is told; what went in between is told afterwards.
 */
public final class PodWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PodWatch.class);

    /** Pods that have ended for good and are kept to be looked at, such as evicted ones. */
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private final List<SharedIndexInformer<Pod>> informers = new ArrayList<>();

    /** Is told of pods by their UIDs, on threads of the client. Must not block. */
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
    public PodWatch(KubernetesClient client, WatchScope scope, String label, Sink sink) {
        if (scope.namespaces().isEmpty()) {
            add(client.pods().inAnyNamespace().withLabel(label), sink, new AtomicInteger(1));
        } else {
            AtomicInteger unlisted = new AtomicInteger(scope.namespaces().size());
            scope.namespaces()
                    .forEach(namespace ->
                            add(client.pods().inNamespace(namespace).withLabel(label), sink, unlisted));
        }
    }

    private void add(Informable<Pod> pods, Sink sink, AtomicInteger unlisted) {
        SharedIndexInformer<Pod> informer = pods.runnableInformer(0);
        informer.addEventHandler(new Handler(sink, unlisted));
        informer.exceptionHandler((started, failure) -> {
            LOG.warn(
                    "event=watch_failed kind=Pod reason=\"{}\" note=\"certificates of removed data planes are believed"
                            + " until they expire; may the controller list and watch pods?\"",
                    failure.getMessage());
            return true;
        });
        informers.add(informer);
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        informers.forEach(SharedIndexInformer::start);
    }

    @Override
    public void close() {
        informers.forEach(SharedIndexInformer::stop);
    }

    private record Handler(Sink sink, AtomicInteger unlisted) implements ResourceEventHandler<Pod> {

        @Override
        public void onAdd(Pod pod) {
            String uid = pod.getMetadata().getUid();
            if (pod.getStatus() != null && ENDED.contains(pod.getStatus().getPhase())) {
                sink.podGone(uid);
            } else {
                sink.podThere(uid);
            }
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            String uid = before.getMetadata().getUid();
            if (!uid.equals(pod.getMetadata().getUid())) {
                sink.podGone(uid); // deleted and made again under its name while the watch was broken
            }
            onAdd(pod);
        }

        @Override
        public void onDelete(Pod pod, boolean unseen) {
            sink.podGone(pod.getMetadata().getUid());
        }

        @Override
        public void onList(String resourceVersion, boolean remainedEmpty) {
            if (unlisted.decrementAndGet() == 0) {
                sink.podsListed();
            }
        }
    }
}

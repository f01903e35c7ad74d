package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the pods of data planes, in all namespaces, by their label: who is gone is not to be served any more. While the
 * API server is away nothing is told; what went in between is told afterwards.
 */
public final class PodWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PodWatch.class);

    /** Pods that have ended for good and are kept to be looked at, such as evicted ones. */
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    private final SharedIndexInformer<Pod> informer;

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
    public PodWatch(KubernetesClient client, String label, Sink sink) {
        informer = client.pods().inAnyNamespace().withLabel(label).runnableInformer(0);
        informer.addEventHandler(new Handler(sink));
        informer.exceptionHandler((started, failure) -> {
            LOG.warn(
                    "event=watch_failed kind=Pod reason=\"{}\" note=\"certificates of removed data planes are believed"
                            + " until they expire; may the controller list and watch pods?\"",
                    failure.getMessage());
            return true;
        });
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        informer.start();
    }

    @Override
    public void close() {
        informer.stop();
    }

    private record Handler(Sink sink) implements ResourceEventHandler<Pod> {

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
            sink.podsListed();
        }
    }
}

package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Watches Secrets in two ways (docs/decisions/0030). Those of type {@code kubernetes.io/tls} come whole, so that a new certificate is
 * served at once. Of all others, which are mostly no business of an ingress controller's, only the metadata is sent; what one of them
 * holds is read when it is wanted.
 */
final class SecretWatch {

    private static final String TLS = "type=kubernetes.io/tls";
    private static final String OTHERS = "type!=kubernetes.io/tls";

    private final List<Reflector<Secret>> reflectors = new ArrayList<>();
    private final ClusterSink sink;
    private final SecretReader reader;

    /**
     * Prepares; whoever made it starts the {@link #reflectors()}.
     *
     * @param places where Secrets are watched
     * @param listed is run once for each of the reflectors, when it has seen all that there was
     */
    SecretWatch(
            ApiServer server, List<Source<Secret>> places, ClusterSink sink, Runnable listed, RandomGenerator random) {
        this.sink = sink;
        this.reader = new SecretReader(server, sink);
        for (Source<Secret> place : places) {
            reflectors.add(new Reflector<>(server, place.withField(TLS), new Passing(true, listed), random));
            reflectors.add(
                    new Reflector<>(server, place.withField(OTHERS).ofMetadata(), new Passing(false, listed), random));
        }
    }

    List<Reflector<Secret>> reflectors() {
        return reflectors;
    }

    /** Reads what they hold. Returns at once. Any thread. */
    void read(Collection<ObjectKey> secrets) {
        reader.read(secrets);
    }

    /** Nothing is read any more; whoever made it closes the reflectors. Any thread. */
    void close() {
        reader.close();
    }

    private final class Passing implements Reflector.Sink<Secret> {

        private final boolean whole;
        private final Runnable listed;

        Passing(boolean whole, Runnable listed) {
            this.whole = whole;
            this.listed = listed;
        }

        @Override
        public void present(Secret secret) {
            ObjectKey key = ObjectKey.secret(
                    secret.getMetadata().getNamespace(), secret.getMetadata().getName());
            if (whole) {
                reader.drop(key);
                sink.present(secret);
            } else {
                reader.changed(key);
                sink.presentUnread(secret.getMetadata());
            }
        }

        @Override
        public void gone(String namespace, String name) {
            ObjectKey key = ObjectKey.secret(namespace, name);
            if (reflectors.stream().anyMatch(other -> other.has(namespace, name))) {
                // Made again with another type. Which of the two watches has told its part first is chance.
                reader.verify(key);
            } else {
                reader.drop(key);
                sink.gone(key);
            }
        }

        @Override
        public void listed() {
            listed.run();
        }
    }
}

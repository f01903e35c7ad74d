package dev.gatehouse.controller.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Writes down what is passed on, a line for each. */
final class RecordedSink implements ClusterSink {

    private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private final Set<ObjectKey> wanted = ConcurrentHashMap.newKeySet();

    @Override
    public void present(HasMetadata object) {
        String data = object instanceof Secret secret ? String.valueOf(secret.getData()) : "";
        wanted.remove(ObjectKey.secret(
                object.getMetadata().getNamespace(), object.getMetadata().getName()));
        seen.add(object.getMetadata().getName() + "@" + object.getMetadata().getResourceVersion() + data);
    }

    @Override
    public void presentUnread(ObjectMeta secret) {
        seen.add("unread " + secret.getName() + "@" + secret.getResourceVersion());
    }

    @Override
    public void unreadable(ObjectKey secret, String why) {
        seen.add("unreadable " + secret.name() + ": " + why);
    }

    @Override
    public boolean isWanted(ObjectKey secret) {
        return wanted.contains(secret);
    }

    @Override
    public void gone(ObjectKey key) {
        seen.add("gone " + key.name());
    }

    @Override
    public void listed(Kind kind) {
        seen.add("listed " + kind.text());
    }

    void want(ObjectKey secret) {
        wanted.add(secret);
    }

    void unwant(ObjectKey secret) {
        wanted.remove(secret);
    }

    boolean isEmpty() {
        return seen.isEmpty();
    }

    String next() throws InterruptedException {
        String next = seen.poll(ScriptedApi.BOUND_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("something more is passed on").isNotNull();
        return String.valueOf(next);
    }

    void assertSeen(String... expected) throws InterruptedException {
        for (String one : expected) {
            assertThat(next()).isEqualTo(one);
        }
    }
}

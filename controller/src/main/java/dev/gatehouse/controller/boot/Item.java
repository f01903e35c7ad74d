package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SharedKeys;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;

/** Something for the pipeline. Times are those of {@link System#nanoTime()}, when it was seen. */
sealed interface Item {

    /** In words. */
    String text();

    record Present(HasMetadata object, long nanos) implements Item {
        @Override
        public String text() {
            return object.getKind() + " " + object.getMetadata().getNamespace() + "/"
                    + object.getMetadata().getName();
        }
    }

    /** A Secret of which only the metadata was seen. */
    record PresentUnread(ObjectMeta secret, long nanos) implements Item {
        @Override
        public String text() {
            return "metadata of Secret " + secret.getNamespace() + "/" + secret.getName();
        }
    }

    record Unreadable(ObjectKey secret, String why) implements Item {
        @Override
        public String text() {
            return "refusal of " + secret;
        }
    }

    record Gone(ObjectKey key, long nanos) implements Item {
        @Override
        public String text() {
            return "delete of " + key;
        }
    }

    record Listed(Kind kind) implements Item {
        @Override
        public String text() {
            return "listing of " + kind.text();
        }
    }

    record Renewed(SharedKeys keys) implements Item {
        @Override
        public String text() {
            return keys.toString();
        }
    }
}

package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Takes what is seen. Called on the event loop of the {@link ApiServer}: it must not block. */
public interface ClusterSink {

    /** An object is there, or has a new version. It is the receiver's: nobody else keeps it. */
    void present(HasMetadata object);

    /** An object is gone. */
    void gone(ObjectKey key);

    /** Everything of a kind that there was has been passed on. Comes once for each kind. */
    void listed(Kind kind);
}

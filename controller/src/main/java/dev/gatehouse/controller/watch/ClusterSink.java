package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;

/** Takes what is seen. Called on the event loop of the {@link ApiServer}: it must not block. */
public interface ClusterSink {

    /** An object is there, or has a new version. It is the receiver's: nobody else keeps it. */
    void present(HasMetadata object);

    /**
     * A Secret is there, or has a new version, of which only the metadata was seen. What it holds is passed on by
     * {@link ClusterWatch#read}.
     */
    void presentUnread(ObjectMeta secret);

    /** A Secret that is to be read is there and cannot be read. That is tried again. */
    void unreadable(ObjectKey secret, String why);

    /** Whether a Secret is still to be read. Any thread. */
    boolean isWanted(ObjectKey secret);

    /** An object is gone. */
    void gone(ObjectKey key);

    /** Everything of a kind that there was has been passed on. Comes once for each kind. */
    void listed(Kind kind);
}

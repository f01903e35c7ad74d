package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;

/** What happened to one object. */
public sealed interface Change {

    ObjectKey key();

    /** It is new, or has a new version. */
    record Upsert(ResourceModel model) implements Change {
        @Override
        public ObjectKey key() {
            return model.key();
        }
    }

    /** It is gone. */
    record Delete(ObjectKey key) implements Change {}

    /**
     * A Secret that is to be read cannot be: it counts as broken until it can.
     *
     * @param why part of a sentence
     */
    record Refuse(ObjectKey key, String why) implements Change {}

    /** Its last good version, which is served because the newest cannot be, was kept for long enough. */
    record Expire(ObjectKey key) implements Change {}
}

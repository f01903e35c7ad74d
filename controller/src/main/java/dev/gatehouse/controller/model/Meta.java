package dev.gatehouse.controller.model;

import java.time.Instant;
import java.util.Comparator;

/**
 * What is kept of an object's metadata.
 *
 * @param key names it
 * @param uid tells two objects of the same name apart; empty in a folder
 * @param generation the version of its spec; 0 where the kind has none
 * @param created its age, which decides conflicts; the epoch where it is not known
 */
public record Meta(ObjectKey key, String uid, long generation, Instant created) {

    /**
     * Oldest first, then by namespace, name and kind: the order in which objects are heard when they claim the same thing
     * (as Gateway API settles conflicts).
     */
    public static final Comparator<Meta> BY_AGE =
            Comparator.comparing(Meta::created).thenComparing(Meta::key);
}

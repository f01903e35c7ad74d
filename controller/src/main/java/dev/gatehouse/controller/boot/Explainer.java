package dev.gatehouse.controller.boot;

import dev.gatehouse.snapshot.Snapshot;
import java.util.List;
import java.util.Map;

/**
 * Tells of snapshots in the words of the data plane, by its own matcher. The control plane does not know that; whoever
 * starts it hands it in. Any thread.
 */
public interface Explainer {

    /**
     * The explanation as JSON, without keys and credentials.
     *
     * @param question the query of {@code /explain}
     * @throws IllegalArgumentException if the question cannot be understood; the message says what to write
     */
    String explain(Snapshot snapshot, Map<String, List<String>> question);

    /** The hosts and rules of a snapshot as JSON, each with a digest. */
    String routes(Snapshot snapshot);
}

package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.ObjectKey;
import java.util.Optional;
import java.util.Set;

/**
 * What is known about one object that may be told something. Immutable.
 *
 * @param uid of the version last seen
 * @param shown what its status shows; empty for a kind without one of ours
 * @param mine whether something of that was written by a Gatehouse before
 * @param secrets the certificates it asks for
 * @param verdict empty until it was compiled
 */
record Told(String uid, Optional<Shown> shown, boolean mine, Set<ObjectKey> secrets, Optional<Verdict> verdict) {

    Told with(Verdict next) {
        return new Told(uid, shown, mine, secrets, Optional.of(next));
    }

    Told written(Shown next) {
        return new Told(uid, Optional.of(next), true, secrets, verdict);
    }
}

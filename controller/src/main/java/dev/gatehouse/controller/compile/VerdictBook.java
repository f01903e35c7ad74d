package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The last verdict on each object. */
final class VerdictBook {

    private final Map<ObjectKey, Verdict> verdicts = new HashMap<>();

    /** Takes over a verdict, or that there is none, and says whether that is news. */
    boolean record(ObjectKey object, Optional<Verdict> verdict) {
        Optional<Verdict> before = Optional.ofNullable(
                verdict.isPresent() ? verdicts.put(object, verdict.get()) : verdicts.remove(object));
        return !before.equals(verdict);
    }

    Map<ObjectKey, Verdict> all() {
        return Collections.unmodifiableMap(new TreeMap<>(verdicts));
    }
}

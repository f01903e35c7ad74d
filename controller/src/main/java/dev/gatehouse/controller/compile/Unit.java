package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Shard;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The result of compiling one host, or what belongs to a whole fleet.
 *
 * @param shards its own; those of its uses come beside them
 * @param parts what the compilation found of each object that contributes
 * @param uses what the shards refer to
 * @param lookedAt objects the result depends on, existing or not
 */
record Unit(List<Shard> shards, Map<ObjectKey, Part.Built> parts, Set<Use> uses, Set<ObjectKey> lookedAt) {

    static final Unit NOTHING = new Unit(List.of(), Map.of(), Set.of(), Set.of());

    /** What was found of one object. */
    Optional<Part.Built> part(ObjectKey object) {
        return Optional.ofNullable(parts.get(object));
    }

    /** The same, with more to say about one object, if it has a part. */
    Unit noting(ObjectKey object, Finding finding) {
        return noting(object::equals, finding);
    }

    /** The same, with more to say about some of the objects. */
    Unit noting(Predicate<ObjectKey> about, Finding finding) {
        Map<ObjectKey, Part.Built> noted = new LinkedHashMap<>();
        parts.forEach((key, part) -> noted.put(key, about.test(key) ? part.noting(finding) : part));
        return new Unit(shards, noted, uses, lookedAt);
    }

    /**
     * The same, for objects whose newest versions could not be compiled.
     *
     * @param contributors all that there are now: those that had a part in it keep it
     */
    Unit stale(Collection<ObjectKey> contributors, Finding finding) {
        Map<ObjectKey, Part.Built> kept = new LinkedHashMap<>();
        for (ObjectKey key : contributors) {
            kept.put(key, parts.getOrDefault(key, Part.Built.NOTHING).noting(finding));
        }
        return new Unit(shards, kept, uses, lookedAt);
    }

    /**
     * The same parts, with something else to serve.
     *
     * @param sources what that is made of
     */
    Unit serving(List<Shard> others, Set<Use> theirUses, Set<ObjectKey> sources) {
        Set<ObjectKey> all = new HashSet<>(lookedAt);
        all.addAll(sources);
        return new Unit(others, parts, theirUses, all);
    }

    /** Gathers a unit. */
    static final class Builder {

        private final Map<ObjectKey, Part> parts = new LinkedHashMap<>();
        private final Set<Use> uses = new HashSet<>();
        private final Set<ObjectKey> lookedAt = new HashSet<>();

        Part part(ObjectKey object) {
            return parts.computeIfAbsent(object, o -> new Part(this));
        }

        void look(ObjectKey key) {
            lookedAt.add(key);
        }

        void use(Use use) {
            uses.add(use);
        }

        Unit build(List<Shard> shards) {
            Map<ObjectKey, Part.Built> built = new LinkedHashMap<>();
            parts.forEach((key, part) -> built.put(key, part.build()));
            return new Unit(shards, built, uses, lookedAt);
        }
    }
}

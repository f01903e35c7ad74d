package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Shard;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

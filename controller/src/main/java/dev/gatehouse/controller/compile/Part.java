package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.ShardId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Gathers one object's part in a unit while that is compiled; what the unit needs goes on to the unit. */
final class Part {

    private final Unit.Builder unit;
    private final LinkedHashSet<Finding> findings = new LinkedHashSet<>();
    private final LinkedHashSet<Mismatch> mismatches = new LinkedHashSet<>();
    private final TreeSet<ShardId> shards = new TreeSet<>();
    private final TreeSet<ObjectKey> policies = new TreeSet<>();
    private int served;

    Part(Unit.Builder unit) {
        this.unit = unit;
    }

    /** The part that another object has in the same unit. */
    Part of(ObjectKey object) {
        return unit.part(object);
    }

    void find(Finding finding) {
        findings.add(finding);
    }

    void mismatch(Mismatch mismatch) {
        mismatches.add(mismatch);
    }

    void look(ObjectKey key) {
        unit.look(key);
    }

    /** The object uses a policy, which may not exist. */
    void policy(ObjectKey policy) {
        policies.add(policy);
        look(policy);
    }

    void use(Use use) {
        unit.use(use);
    }

    void shard(ShardId id) {
        shards.add(id);
    }

    /** One more thing that the object asks for is served. */
    void served() {
        served++;
    }

    Built build() {
        return new Built(
                List.copyOf(findings), List.copyOf(mismatches), Set.copyOf(shards), Set.copyOf(policies), served);
    }

    /**
     * One object's part in a unit.
     *
     * @param findings what is to be said
     * @param mismatches to be said as well, for all hosts at once
     * @param shards that hold something of it
     * @param policies that it uses
     * @param served how many of its rules, default backends and certificates are served
     */
    record Built(
            List<Finding> findings,
            List<Mismatch> mismatches,
            Set<ShardId> shards,
            Set<ObjectKey> policies,
            int served) {

        static final Built NOTHING = new Built(List.of(), List.of(), Set.of(), Set.of(), 0);

        /** The same, with one thing more to say. */
        Built noting(Finding finding) {
            List<Finding> more = new ArrayList<>(findings);
            more.add(finding);
            return new Built(List.copyOf(more), mismatches, shards, policies, served);
        }
    }
}

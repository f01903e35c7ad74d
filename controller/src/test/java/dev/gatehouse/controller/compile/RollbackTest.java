package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.Rollback;
import dev.gatehouse.controller.model.RollbackConfigMap;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** An earlier version of hosts is served, with the endpoints of today, until somebody ends it. */
class RollbackTest {

    private static final String NAMESPACE = "gatehouse-system";

    private final World world = world();

    private static World world() {
        return new World(WorldOptions.cluster(Shops.FLEET, NAMESPACE, new BlastRadius(30, 10)));
    }

    private Snapshot snapshot() {
        return world.snapshot(Shops.FLEET);
    }

    /** As the object would be that {@code gatehouse rollback} leads to. */
    static ConfigMap configMap(String namespace, Snapshot to, String... only) {
        Map<ShardId, Shard> hosts = new TreeMap<>();
        to.forEach(shard -> {
            if (shard.id().kind() == ShardKind.HOST) {
                hosts.put(shard.id(), shard);
            }
        });
        Rollback rollback = new Rollback(Shops.FLEET, to.root().hex(), new TreeSet<>(List.of(only)), hosts);
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(RollbackConfigMap.name(Shops.FLEET))
                .withUid("rollback")
                .endMetadata()
                .withData(RollbackConfigMap.data(rollback))
                .withBinaryData(RollbackConfigMap.binaryData(rollback))
                .build();
    }

    private void rollBack(Snapshot to, String... only) {
        world.apply(List.of(new Change.Upsert(ModelParser.parse(configMap(NAMESPACE, to, only)))));
    }

    private void release() {
        world.apply(List.of(new Change.Delete(ObjectKey.configMap(NAMESPACE, RollbackConfigMap.name(Shops.FLEET)))));
    }

    private Shard host(int number) {
        return snapshot().get(ShardId.host(Shops.host(number))).orElseThrow();
    }

    private List<String> reasons(ObjectKey object) {
        return java.util.Objects.requireNonNull(world.verdicts().get(object)).findings().stream()
                .map(Finding::reason)
                .toList();
    }

    @Test
    void hostsAreServedAsTheyWereWithTheEndpointsOfToday() {
        world.apply(Shops.all(0, 14));
        Snapshot good = snapshot();
        world.apply(Shops.each(0, 4, i -> Shops.ingress(i, "api13")));
        world.apply(Shops.deleted(4, 6));
        world.apply(Shops.all(14, 15));
        Snapshot bad = snapshot();

        rollBack(good);

        assertThat(host(0)).isEqualTo(good.get(ShardId.host(Shops.host(0))).orElseThrow());
        assertThat(host(4)).isEqualTo(good.get(ShardId.host(Shops.host(4))).orElseThrow());
        assertThat(snapshot().get(ShardId.host(Shops.host(14)))).isEmpty();
        assertThat(snapshot().root()).isEqualTo(good.root());
        assertThat(reasons(Shops.key(0))).containsExactly(Reasons.ROLLED_BACK);
        assertThat(reasons(Shops.key(14))).containsExactly(Reasons.ROLLED_BACK);
        assertThat(reasons(Shops.key(7))).isEmpty(); // served as it is written
        assertThat(reasons(Shops.FLEET.object())).containsExactly(Reasons.ROLLED_BACK);

        // Endpoints are those of today, also of what nobody asks for any more.
        ShardId endpoints = ShardId.endpoints("shop", "api4", 80);
        world.apply(Shops.each(4, 5, i -> Shops.slice(i, 77)));
        assertThat(snapshot().get(endpoints)).isNotEqualTo(good.get(endpoints));
        // What is changed meanwhile waits.
        world.apply(Shops.each(7, 8, i -> Shops.ingress(i, "api13")));
        assertThat(host(7)).isEqualTo(good.get(ShardId.host(Shops.host(7))).orElseThrow());
        assertThat(reasons(Shops.key(7))).containsExactly(Reasons.ROLLED_BACK);

        release();
        world.apply(Shops.each(4, 5, i -> Shops.slice(i, 1)));
        world.apply(Shops.each(7, 8, i -> Shops.ingress(i, "api7")));
        assertThat(snapshot().root()).isEqualTo(bad.root());
        assertThat(reasons(Shops.key(0))).isEmpty();
        assertThat(reasons(Shops.FLEET.object())).isEmpty();
    }

    @Test
    void aSingleHostGoesBackAlone() {
        world.apply(Shops.all(0, 4));
        Snapshot good = snapshot();
        world.apply(Shops.each(0, 2, i -> Shops.ingress(i, "api3")));
        Shard other = host(1);

        rollBack(good, Shops.host(0));

        assertThat(host(0)).isEqualTo(good.get(ShardId.host(Shops.host(0))).orElseThrow());
        assertThat(host(1)).isEqualTo(other);
        assertThat(reasons(Shops.key(1))).isEmpty();
    }

    @Test
    void aReplicaThatStartsLaterServesTheSame() {
        world.apply(Shops.all(0, 4));
        Snapshot good = snapshot();
        world.apply(Shops.each(0, 2, i -> Shops.ingress(i, "api3")));
        rollBack(good);

        World later = world();
        List<Change> all = new java.util.ArrayList<>();
        all.add(new Change.Upsert(ModelParser.parse(configMap(NAMESPACE, good))));
        all.addAll(Shops.all(0, 4));
        all.addAll(Shops.each(0, 2, i -> Shops.ingress(i, "api3")));
        later.apply(all);
        assertThat(later.snapshot(Shops.FLEET).root()).isEqualTo(snapshot().root());
        assertThat(later.verdicts()).isEqualTo(world.verdicts());
    }

    @Test
    void nobodyElsesConfigMapIsBelieved() {
        world.apply(Shops.all(0, 4));
        Snapshot good = snapshot();
        world.apply(Shops.each(0, 2, i -> Shops.ingress(i, "api3")));
        Snapshot bad = snapshot();
        world.apply(List.of(new Change.Upsert(ModelParser.parse(configMap("shop", good)))));
        assertThat(snapshot().root()).isEqualTo(bad.root());
        // One that cannot be read is none.
        ConfigMap broken = configMap(NAMESPACE, good);
        broken.setBinaryData(Map.of("shards.gz", "bm8="));
        world.apply(List.of(new Change.Upsert(ModelParser.parse(broken))));
        assertThat(snapshot().root()).isEqualTo(bad.root());
    }

    @Test
    void goingBackIsNotHeldBack() {
        world.apply(Shops.all(0, 1));
        Snapshot good = snapshot();
        world.apply(Shops.all(1, 20));
        rollBack(good); // nineteen of twenty hosts go
        assertThat(world.held(Shops.FLEET)).isEmpty();
        assertThat(snapshot().get(ShardId.host(Shops.host(1)))).isEmpty();
    }
}

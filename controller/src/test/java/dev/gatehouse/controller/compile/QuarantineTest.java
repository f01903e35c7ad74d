package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.IngressModel;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/** An object of which a version cannot be compiled keeps its last good one, and says so; nothing else is held up. */
class QuarantineTest {

    private static final String UNREADABLE = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: s0, uid: s0, generation: 2}
            spec:
              ingressClassName: gatehouse
              rules: [null]
            """;

    private final World world = new World(WorldOptions.cluster(Shops.FLEET));

    private Snapshot snapshot() {
        return world.snapshot(Shops.FLEET);
    }

    private Verdict verdict() {
        return java.util.Objects.requireNonNull(world.verdicts().get(Shops.key(0)));
    }

    private boolean served() {
        return snapshot().get(ShardId.host(Shops.host(0))).isPresent();
    }

    @Test
    void theLastGoodVersionIsServedUntilItsTimeIsOver() {
        world.apply(Shops.all(0, 2));
        Snapshot good = snapshot();

        world.apply(new Manifests().upserts(UNREADABLE));
        assertThat(snapshot().root()).isEqualTo(good.root());
        assertThat(world.quarantined()).containsExactly(Shops.key(0));
        assertThat(verdict().accepted()).isFalse();
        assertThat(verdict().findings().getFirst().message()).endsWith("The version before it keeps serving");

        world.apply(List.of(new Change.Expire(Shops.key(0))));
        assertThat(served()).isFalse();
        assertThat(world.quarantined()).isEmpty();
        assertThat(verdict().ours()).isTrue();
        assertThat(verdict().findings().getFirst().reason()).isEqualTo(Reasons.UNREADABLE);
        assertThat(verdict().findings().getFirst().message()).doesNotContain("keeps serving");

        world.apply(Shops.all(0, 1)); // repaired
        assertThat(snapshot().root()).isEqualTo(good.root());
        assertThat(verdict().findings()).isEmpty();
    }

    @Test
    void whatWasRepairedMeanwhileDoesNotExpire() {
        world.apply(Shops.all(0, 2));
        Snapshot good = snapshot();
        world.apply(new Manifests().upserts(UNREADABLE));
        world.apply(Shops.all(0, 1));
        world.apply(List.of(new Change.Expire(Shops.key(0))));
        assertThat(snapshot().root()).isEqualTo(good.root());
    }

    /** What stands for the mistake that nobody knows of yet: it comes to light when the host is compiled. */
    private static final class Mistake extends AbstractList<HostRules.CertificateRef> {
        @Override
        public HostRules.CertificateRef get(int index) {
            throw new IllegalStateException("a mistake of ours");
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public boolean equals(Object other) {
            return other == this;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    private static ResourceModel mistaken(ResourceModel model) {
        IngressModel ingress = (IngressModel) model;
        SequencedMap<String, HostRules> hosts = new LinkedHashMap<>();
        ingress.hosts()
                .forEach((name, rules) -> hosts.put(
                        name,
                        new HostRules(
                                rules.field(),
                                rules.rules(),
                                rules.canaries(),
                                rules.defaultRule(),
                                new Mistake(),
                                rules.tls(),
                                rules.httpsRedirect(),
                                rules.passthrough())));
        return new IngressModel(
                ingress.meta(),
                ingress.classRef(),
                hosts,
                ingress.labels(),
                ingress.globalDefault(),
                ingress.references(),
                ingress.findings());
    }

    @Test
    void aMistakeOfOursThatOneHostBringsToLightHoldsUpNothingElse() {
        world.apply(Shops.all(0, 2));
        Snapshot good = snapshot();
        List<Change> changes = new ArrayList<>();
        new Manifests()
                .models(Shops.ingress(0, "api1"))
                .forEach(model -> changes.add(new Change.Upsert(mistaken(model))));
        changes.addAll(Shops.all(2, 3));

        Outcome outcome = world.apply(changes);

        assertThat(outcome.failures().keySet())
                .singleElement()
                .satisfies(host -> assertThat(host.host()).isEqualTo(Shops.host(0)));
        assertThat(snapshot().get(ShardId.host(Shops.host(0)))).isEqualTo(good.get(ShardId.host(Shops.host(0))));
        assertThat(snapshot().get(ShardId.host(Shops.host(2)))).isPresent();
        assertThat(verdict().findings()).singleElement().satisfies(finding -> {
            assertThat(finding.reason()).isEqualTo(Reasons.NOT_COMPILED);
            assertThat(finding.message()).contains("a mistake of ours", "What was served before goes on being served");
        });
        world.apply(Shops.all(0, 1));
        assertThat(verdict().findings()).isEmpty();
        assertThat(world.apply(Shops.all(0, 1)).failures()).isEmpty();
    }
}

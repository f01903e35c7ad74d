package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A change that would take many hosts away at once is held back, and nothing else is. */
class HoldTest {

    private static final BlastRadius BOUND = new BlastRadius(30, 10);

    private final World world = world(BOUND);

    private static World world(BlastRadius bound) {
        return new World(WorldOptions.cluster(Shops.FLEET, "gatehouse-system", bound));
    }

    private Snapshot snapshot() {
        return world.snapshot(Shops.FLEET);
    }

    private List<String> held() {
        return world.held(Shops.FLEET);
    }

    private boolean serves(int number) {
        return snapshot().get(ShardId.host(Shops.host(number))).isPresent();
    }

    private Optional<Shard> endpoints(int number) {
        return snapshot().get(ShardId.endpoints("shop", "api" + number, 80));
    }

    private List<String> reasons(ObjectKey object) {
        return java.util.Objects.requireNonNull(world.verdicts().get(object)).findings().stream()
                .map(Finding::reason)
                .toList();
    }

    private int users(ObjectKey policy) {
        return java.util.Objects.requireNonNull(world.verdicts().get(policy)).users();
    }

    @Test
    void manyHostsThatGoAtOnceAreServedUntilItIsReleased() {
        world.apply(Shops.all(0, 20));
        Snapshot before = snapshot();

        Outcome outcome = world.apply(Shops.deleted(0, 12));

        assertThat(outcome.fleet(Shops.FLEET)).isEmpty();
        assertThat(held()).hasSize(12).contains(Shops.host(0), Shops.host(11));
        assertThat(snapshot().root()).isEqualTo(before.root());
        assertThat(outcome.verdict(Shops.FLEET.object()).orElseThrow().findings())
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.reason()).isEqualTo(Reasons.HELD);
                    assertThat(finding.message())
                            .contains(
                                    "would take 12 of 20 hosts away at once: s0.example.com",
                                    "and 7 more",
                                    "kubectl annotate proxyfleet default -n gatehouse-system gatehouse.dev/release-hold=");
                });

        Outcome released = world.release(Shops.FLEET);
        assertThat(held()).isEmpty();
        assertThat(serves(0)).isFalse();
        assertThat(endpoints(0)).isEmpty();
        assertThat(serves(12)).isTrue();
        assertThat(released.verdict(Shops.FLEET.object()).orElseThrow().findings())
                .isEmpty();

        World anew = world(BOUND);
        anew.apply(Shops.all(12, 20));
        anew.apply(Shops.each(0, 12, i -> Shops.service(i) + "---\n" + Shops.slice(i, 1)));
        assertThat(snapshot().root()).isEqualTo(anew.snapshot(Shops.FLEET).root());
        assertThat(world.verdicts()).isEqualTo(anew.verdicts());
    }

    @Test
    void endpointsAndEverythingElseGoOnMeanwhile() {
        world.apply(Shops.all(0, 20));
        world.apply(Shops.deleted(0, 12));
        Shard before = endpoints(3).orElseThrow();

        world.apply(Shops.each(3, 4, i -> Shops.slice(i, 99))); // of a host that is held back
        assertThat(endpoints(3).orElseThrow()).isNotEqualTo(before);

        world.apply(Shops.all(20, 21)); // a new host
        assertThat(serves(20)).isTrue();
        world.apply(Shops.deleted(15, 16)); // one more that goes is part of what is held back
        assertThat(held()).hasSize(13);
        assertThat(serves(15)).isTrue();
    }

    @Test
    void hostsThatAreLedElsewhereCountAndSaySo() {
        world.apply(Shops.all(0, 20));
        Snapshot before = snapshot();

        Outcome outcome = world.apply(Shops.each(0, 12, i -> Shops.ingress(i, "api19")));

        assertThat(snapshot().root()).isEqualTo(before.root());
        assertThat(reasons(Shops.key(0))).containsExactly(Reasons.HELD);
        assertThat(outcome.verdict(Shops.key(0))
                        .orElseThrow()
                        .findings()
                        .getFirst()
                        .message())
                .contains("the host s0.example.com is served as before and not as it is written here");
        assertThat(reasons(Shops.key(19))).isEmpty();

        world.release(Shops.FLEET);
        assertThat(reasons(Shops.key(0))).isEmpty();
        assertThat(snapshot().root()).isNotEqualTo(before.root());
    }

    @Test
    void aHostThatKeepsABackendIsNotLost() {
        world.apply(Shops.all(0, 20));
        world.apply(Shops.each(0, 20, i -> Shops.ingress(i, "api" + i).replace("path: /,", "path: /x,")));
        assertThat(held()).isEmpty();
    }

    @Test
    void puttingBackWhatWasChangedEndsIt() {
        world.apply(Shops.all(0, 20));
        Snapshot before = snapshot();
        world.apply(Shops.deleted(0, 12));

        world.apply(Shops.all(0, 8)); // four are still gone, which is not too many

        assertThat(held()).isEmpty();
        assertThat(serves(0)).isTrue();
        assertThat(serves(8)).isFalse();
        world.apply(Shops.all(8, 12));
        assertThat(snapshot().root()).isEqualTo(before.root());
    }

    @Test
    void whoeverDeletesThemOneByOneDeletesThemTogether() {
        world.apply(Shops.all(0, 20));
        for (int i = 0; i < 12; i++) {
            world.apply(Shops.deleted(i, i + 1));
        }
        // Nine are no more than may go; from the tenth on they are held back.
        assertThat(IntStream.range(0, 20).filter(this::serves)).hasSize(11);
        assertThat(held()).hasSize(3);
    }

    @Test
    void whoeverLeadsThemElsewhereOneByOneDoesSoTogether() {
        world.apply(Shops.all(0, 21));
        for (int i = 0; i < 12; i++) {
            world.apply(Shops.each(i, i + 1, n -> Shops.ingress(n, "api20")));
        }
        assertThat(held()).hasSize(3);
        // Of nine that were let go, two are put back: seven and three are still too many; six and three are not.
        world.apply(Shops.each(0, 2, n -> Shops.ingress(n, "api" + n)));
        assertThat(held()).hasSize(3);
        world.apply(Shops.each(2, 3, n -> Shops.ingress(n, "api" + n)));
        assertThat(held()).isEmpty();
    }

    @Test
    void hostsThatGoLaterDoNotCountTogether() {
        world.apply(Shops.all(0, 40));
        world.apply(Shops.deleted(0, 9));
        world.forgetLosses();
        world.apply(Shops.deleted(9, 18));
        assertThat(held()).isEmpty();
        assertThat(serves(17)).isFalse();
    }

    @Test
    void fewHostsAreNeverHeldBack() {
        world.apply(Shops.all(0, 9));
        world.apply(Shops.deleted(0, 9));
        assertThat(held()).isEmpty();
        assertThat(serves(0)).isFalse();
    }

    @Test
    void anotherValueOfTheAnnotationReleasesAndTheSameDoesNot() {
        world.apply(Shops.all(0, 20));
        world.apply(Shops.fleet("gatehouse.dev/release-hold: monday"));
        world.apply(Shops.deleted(0, 12));
        assertThat(held()).hasSize(12);
        world.apply(Shops.fleet("gatehouse.dev/release-hold: monday, team: edge"));
        assertThat(held()).hasSize(12);

        world.apply(Shops.fleet("gatehouse.dev/release-hold: tuesday"));
        assertThat(held()).isEmpty();
        assertThat(serves(0)).isFalse();
    }

    @Test
    void aFleetThatGoesWhileItHoldsHostsBackUsesNoPolicy() {
        ObjectKey policy = new ObjectKey(Kind.PROXY_POLICY, "shop", "base");
        ObjectKey fleet = new ObjectKey(Kind.PROXY_FLEET, "edge", "other");
        world.apply(new Manifests().upserts("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: edge, name: other}
                spec: {}
                ---
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec:
                  controller: gatehouse.dev/controller
                  parameters: {apiGroup: gatehouse.dev, kind: ProxyFleet, name: other, namespace: edge, scope: Namespace}
                ---
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyPolicy
                metadata: {namespace: shop, name: base}
                spec: {selector: {}, timeouts: {request: 5s}}
                """));
        world.apply(Shops.each(0, 20, i -> Shops.ingress(i, "api" + i) + "---\n" + Shops.service(i)));
        assertThat(users(policy)).isEqualTo(20);

        world.apply(Shops.deleted(0, 12));
        assertThat(world.held(new FleetKey("edge", "other"))).hasSize(12);
        assertThat(users(policy)).isEqualTo(8);

        world.apply(List.of(new Change.Delete(fleet)));
        assertThat(users(policy)).isZero();
    }

    @Test
    void theFirstViewIsNeverHeldBackAndOffIsOff() {
        List<Change> all = new ArrayList<>(Shops.all(0, 20));
        all.addAll(Shops.deleted(0, 19));
        assertThat(world.apply(all).fleet(Shops.FLEET)).isPresent();
        assertThat(held()).isEmpty();

        World off = world(BlastRadius.UNBOUNDED);
        off.apply(Shops.all(0, 20));
        off.apply(Shops.deleted(0, 20));
        assertThat(off.held(Shops.FLEET)).isEmpty();
        assertThat(off.snapshot(Shops.FLEET).get(ShardId.host(Shops.host(0)))).isEmpty();
    }
}

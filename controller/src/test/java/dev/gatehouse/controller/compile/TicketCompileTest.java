package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which fleets have keys of session tickets, and which. */
class TicketCompileTest {
    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final FleetKey OTHER = new FleetKey("edge", "other");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final ShardId ID = ShardId.tickets("https");

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private static String fleet(FleetKey key, String tls) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: %s, name: %s}
                spec: {listeners: {tls: {%s}}}
                """.formatted(key.namespace(), key.name(), tls);
    }

    private List<ByteString> keys(FleetKey fleet) throws CorruptShardException {
        Optional<Shard> shard = world.snapshot(fleet).get(ID);
        return shard.isEmpty() ? List.of() : shard.get().body().getTickets().getKeysList();
    }

    @Test
    void everyFleetHasKeysOfItsOwnFromTheMomentThereAreAny() throws Exception {
        assertThat(keys(FLEET)).isEmpty();
        SharedKeys made = SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM);
        world.renew(made);
        world.apply(manifests.upserts(fleet(OTHER, "")));
        assertThat(keys(FLEET)).hasSize(2).doesNotContainAnyElementsOf(made.all());
        assertThat(keys(OTHER))
                .hasSize(2)
                .doesNotContainAnyElementsOf(made.all())
                .doesNotContainAnyElementsOf(keys(FLEET));
    }

    @Test
    void theNextKeyIsKnownBeforeItMakesTicketsAndTheLastOneAfter() throws Exception {
        SharedKeys first = SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM);
        world.renew(first);
        List<ByteString> before = keys(FLEET);
        Outcome outcome = world.renew(first.successor(RANDOM));
        List<ByteString> after = keys(FLEET);
        assertThat(after).hasSize(3);
        assertThat(after.getFirst()).isEqualTo(before.get(1));
        assertThat(after.getLast()).isEqualTo(before.get(0));
        assertThat(before).doesNotContain(after.get(1));
        // One small shard, and nothing to be told to anybody.
        assertThat(outcome.fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactly(ID);
        assertThat(outcome.verdicts()).isEmpty();
        world.renew(first.successor(RANDOM).successor(RANDOM));
        assertThat(keys(FLEET)).hasSize(3).doesNotContain(before.get(0));
    }

    @Test
    void theOptionOfAFleetSwitchesItOffForThatFleet() throws Exception {
        world.renew(SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM));
        world.apply(manifests.upserts(fleet(OTHER, "sessionTickets: false")));
        assertThat(keys(OTHER)).isEmpty();
        assertThat(keys(FLEET)).isNotEmpty();
        world.apply(manifests.upserts(fleet(OTHER, "sessionTickets: true")));
        assertThat(keys(OTHER)).isNotEmpty();
        world.apply(manifests.upserts(fleet(OTHER, "sessionTickets: false")));
        assertThat(keys(OTHER)).isEmpty();
    }

    @Test
    void theRootFollowsFromObjectsAndKeysInWhicheverOrderTheyCame() {
        SharedKeys made = SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM);
        World late = new World(WorldOptions.cluster(FLEET));
        world.renew(SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM));
        world.apply(manifests.upserts(fleet(OTHER, "")));
        world.renew(made);
        late.renew(made);
        late.apply(manifests.upserts(fleet(OTHER, "")));
        for (FleetKey fleet : List.of(FLEET, OTHER)) {
            assertThat(world.snapshot(fleet).root())
                    .isEqualTo(late.snapshot(fleet).root());
        }
    }

    @Test
    void whatIsPrintedHoldsNothingOfAKey() {
        SharedKeys made = SharedKeys.create(KeyPurpose.SESSION_TICKETS, RANDOM);
        Outcome outcome = world.renew(made);
        assertThat(made + " " + outcome + " " + world.snapshot(FLEET).sorted())
                .contains("tickets/https")
                .doesNotContain("ByteString");
    }
}

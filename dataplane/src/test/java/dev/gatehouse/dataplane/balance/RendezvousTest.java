package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Consistent hashing: who goes where, and who moves. */
class RendezvousTest {

    private static final Balancing HASH = new Balancing(new Policy.ConsistentHash(0), 0, false);
    private static final Balancing BOUNDED = new Balancing(new Policy.ConsistentHash(125), 0, false);
    private static final int KEYS = 30_000;

    @Property(tries = 20)
    void anEndpointThatComesTakesItsShareAndNothingElseMoves(@ForAll @IntRange(min = 1, max = 30) int count) {
        Crowd crowd = Crowd.of(count);
        Map<Long, Integer> before = crowd.places(HASH, KEYS);
        Map<Long, Integer> after = crowd.add(Crowd.member(count)).places(HASH, KEYS);
        int moved = 0;
        for (long key = 0; key < KEYS; key++) {
            if (!Objects.equals(before.get(key), after.get(key))) {
                assertThat(after.get(key)).isEqualTo(count);
                moved++;
            }
        }
        double share = (double) KEYS / (count + 1);
        assertThat((double) moved).isBetween(share - 5 * Math.sqrt(share), share + 5 * Math.sqrt(share));
    }

    @Property(tries = 20)
    void onlyTheKeysOfAnEndpointThatGoesMove(
            @ForAll @IntRange(min = 2, max = 30) int count, @ForAll @IntRange(min = 0, max = 1) int gone) {
        Crowd crowd = Crowd.of(count);
        Map<Long, Integer> before = crowd.places(HASH, KEYS);
        Map<Long, Integer> after = crowd.remove(gone).places(HASH, KEYS);
        before.forEach((key, place) -> {
            if (place != gone) {
                assertThat(after.get(key)).isEqualTo(place);
            }
        });
    }

    @Test
    void sharesAreEven() {
        Map<Integer, Integer> shares = shares(Crowd.of(10));
        assertThat(shares.values()).allSatisfy(each -> assertThat(each).isBetween(2_750, 3_250));
    }

    @Test
    void sharesFollowWeights() {
        Map<Integer, Integer> shares = shares(Crowd.weights(1, 2, 3));
        for (int i = 0; i < 3; i++) {
            assertThat(shares.getOrDefault(i, 0)).isBetween(5_000 * (i + 1) - 400, 5_000 * (i + 1) + 400);
        }
    }

    /** As when a new slice of stronger machines comes: what has not become heavier loses keys, and gets none. */
    @Test
    void aChangeOfWeightMovesKeysToTheHeavierOnly() {
        Crowd crowd = Crowd.of(4);
        Map<Long, Integer> before = crowd.places(HASH, KEYS);
        crowd.remove(2).add(new Member(Crowd.address(2), 2, "", List.of()));
        Map<Long, Integer> after = crowd.places(HASH, KEYS);
        before.forEach((key, place) -> assertThat(after.get(key)).isIn(place, 2));
        assertThat(after.values().stream().filter(place -> place == 2).count()).isBetween(11_500L, 12_500L);
    }

    private static Map<Integer, Integer> shares(Crowd crowd) {
        return crowd.places(HASH, KEYS).values().stream()
                .collect(Collectors.toMap(place -> place, place -> 1, Integer::sum));
    }

    @Test
    void everyNodeChoosesTheSameWhateverItHasSeenBefore() {
        Crowd one = Crowd.of(6);
        Crowd other = Crowd.of(2)
                .add(Crowd.member(9))
                .add(Crowd.member(5), Crowd.member(4))
                .remove(9)
                .add(Crowd.member(3), Crowd.member(2));
        assertThat(other.places(HASH, 1000)).isEqualTo(one.places(HASH, 1000));
    }

    @Test
    void whoeverFailsHandsItsKeysToTheSameNext() {
        Crowd crowd = Crowd.of(5);
        Map<Long, Integer> whenGone = Crowd.of(5).remove(0).places(HASH, 1000);
        for (long key = 0; key < 1000; key++) {
            Caller caller = crowd.caller(key);
            Endpoint first = crowd.upstream().pick(HASH, caller);
            caller.failed(first);
            if (Crowd.number(first) == 0) {
                assertThat(Crowd.number(crowd.upstream().pick(HASH, caller))).isEqualTo(whenGone.get(key));
            }
        }
    }

    @Test
    void requestsWithoutKeyAreSentInTurn() {
        assertThat(Crowd.of(4).picks(HASH, 40)).isEqualTo(Map.of(0, 10, 1, 10, 2, 10, 3, 10));
    }

    /** All requests have one key, and stay. */
    @Test
    void noEndpointGetsMoreThanItsBound() {
        Crowd crowd = Crowd.of(8);
        for (int requests = 1; requests <= 800; requests++) {
            crowd.upstream().pick(BOUNDED, crowd.caller(1)).tryBegin();
            int bound = (int) Math.ceil(requests * 1.25 / 8);
            assertThat(crowd.upstream().endpoints())
                    .allSatisfy(each -> assertThat(each.requests()).isLessThanOrEqualTo(bound));
        }
        assertThat(crowd.endpoint(crowd.pick(HASH, 1)).requests()).isEqualTo(125);
    }

    @Test
    void aBoundIsForTheWeight() {
        Crowd crowd = Crowd.weights(1, 1, 2);
        for (int requests = 0; requests < 400; requests++) {
            crowd.upstream().pick(BOUNDED, crowd.caller(requests % 2)).tryBegin();
        }
        assertThat(crowd.endpoint(0).requests()).isLessThanOrEqualTo(125);
        assertThat(crowd.endpoint(1).requests()).isLessThanOrEqualTo(125);
        assertThat(crowd.endpoint(2).requests()).isLessThanOrEqualTo(250);
    }

    @Test
    void withinTheBoundKeysStayWhereTheyAre() {
        Crowd crowd = Crowd.of(8);
        Map<Long, Integer> places = crowd.places(HASH, 100);
        Map<Long, Integer> bounded = new HashMap<>();
        crowd.upstream().endpoints().forEach(endpoint -> {
            for (int i = 0; i < 10; i++) {
                endpoint.tryBegin();
            }
        });
        for (long key = 0; key < 100; key++) {
            bounded.put(key, crowd.pick(BOUNDED, key));
        }
        assertThat(bounded).isEqualTo(places);
    }
}

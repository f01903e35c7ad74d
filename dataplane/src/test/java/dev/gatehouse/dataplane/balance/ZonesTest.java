package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ZonesTest {

    private static final Balancing AWARE = new Balancing(new Policy.Random(), 0, true);
    private static final Balancing UNAWARE = new Balancing(new Policy.Random(), 0, false);
    private static final int REQUESTS = 60_000;

    /** Endpoints in zones a, b and so on; their numbers are 0 to 9 in the first, 10 to 19 in the second. */
    private static Crowd zones(String own, int... counts) {
        Crowd crowd = new Crowd(own);
        for (int zone = 0; zone < counts.length; zone++) {
            for (int i = 0; i < counts[zone]; i++) {
                crowd.add(new Member(Crowd.address(zone * 10 + i), 1, name(zone), List.of()));
            }
        }
        return crowd;
    }

    private static String name(int zone) {
        return Character.toString('a' + zone);
    }

    private static Map<String, Double> shares(Crowd crowd, Balancing how) {
        Map<String, Double> shares = new TreeMap<>();
        crowd.picks(how, REQUESTS)
                .forEach((number, count) -> shares.merge(name(number / 10), count / (double) REQUESTS, Double::sum));
        return shares;
    }

    @Test
    void aZoneThatHasEnoughKeepsItsRequests() {
        assertThat(shares(zones("a", 2, 2, 2), AWARE)).containsOnlyKeys("a");
        assertThat(shares(zones("a", 4, 1, 1), AWARE)).containsOnlyKeys("a");
    }

    /** Of 6 endpoints b has 1: half of what it takes. The rest goes to a, which has 1 too many, and none to c. */
    @Test
    void whatAZoneCannotTakeSpillsOverToThoseWithMoreThanTheirPart() {
        Map<String, Double> shares = shares(zones("b", 3, 1, 2), AWARE);
        assertThat(shares.getOrDefault("b", 0.0)).isBetween(0.49, 0.51);
        assertThat(shares.getOrDefault("a", 0.0)).isBetween(0.49, 0.51);
        assertThat(shares).doesNotContainKey("c");
    }

    /** However endpoints are spread: with as many requests in each zone, all endpoints get the same. */
    @Property(tries = 20)
    void noEndpointGetsMoreThanWithoutZones(
            @ForAll @IntRange(min = 1, max = 6) int a,
            @ForAll @IntRange(min = 1, max = 6) int b,
            @ForAll @IntRange(min = 1, max = 6) int c) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (String own : List.of("a", "b", "c")) {
            zones(own, a, b, c)
                    .picks(AWARE, REQUESTS)
                    .forEach((number, count) -> counts.merge(number, count, Integer::sum));
        }
        double expected = 3.0 * REQUESTS / (a + b + c);
        assertThat(counts.values())
                .allSatisfy(each -> assertThat((double) each).isBetween(expected * 0.95, expected * 1.05));
    }

    @Test
    void whatCannotBeUsedDoesNotCount() {
        Crowd crowd = zones("a", 2, 2);
        crowd.endpoint(0).set(Endpoint.Absence.EJECTED, true);
        Map<String, Double> shares = shares(crowd, AWARE);
        assertThat(shares.getOrDefault("a", 0.0)).isBetween(0.65, 0.68); // 1 of 3, of a half
        assertThat(crowd.picks(AWARE, 1000)).doesNotContainKey(0);
    }

    @Test
    void withoutEndpointsOrNameOfItsOwnAZoneDoesNotMatter() {
        assertThat(shares(zones("c", 2, 2), AWARE)).hasSize(2);
        assertThat(shares(zones("", 2, 2), AWARE)).hasSize(2);
        assertThat(shares(zones("a", 2, 2), UNAWARE)).hasSize(2);
    }

    @Test
    void aRequestThatItsZoneHasFailedGoesElsewhere() {
        Crowd crowd = zones("a", 1, 1);
        Caller caller = crowd.caller();
        caller.failed(crowd.endpoint(0));
        assertThat(Crowd.number(crowd.upstream().pick(AWARE, caller))).isEqualTo(10);
    }

    @Test
    void aKeyStaysInOneZone() {
        Crowd crowd = zones("b", 3, 1, 2);
        Balancing hash = new Balancing(new Policy.ConsistentHash(0), 0, true);
        Map<Long, Integer> places = crowd.places(hash, 3000);
        assertThat(crowd.places(hash, 3000)).isEqualTo(places);
        assertThat(places.values().stream().filter(number -> number == 10).count())
                .isBetween(1350L, 1650L);
    }

    private static Crowd hinted(String own) {
        return new Crowd(own)
                .add(new Member(Crowd.address(0), 1, "a", List.of("a")))
                .add(new Member(Crowd.address(1), 1, "a", List.of("a", "b")))
                .add(new Member(Crowd.address(2), 1, "c", List.of("c")));
    }

    @Test
    void hintsOfEndpointSlicesAreFollowedWhateverTheRuleSays() {
        assertThat(hinted("b").picks(UNAWARE, 100)).containsOnlyKeys(1);
        assertThat(hinted("a").picks(UNAWARE, 100)).containsOnlyKeys(0, 1);
        assertThat(hinted("c").picks(Balancing.PLAIN, 100)).containsOnlyKeys(2);
    }

    @Test
    void hintsDoNotCountIfNoneIsForTheZoneOrOneIsMissing() {
        assertThat(hinted("d").picks(UNAWARE, 100)).containsOnlyKeys(0, 1, 2);
        assertThat(hinted("").picks(UNAWARE, 100)).containsOnlyKeys(0, 1, 2);
        assertThat(hinted("b").add(Crowd.member(3)).picks(UNAWARE, 100)).containsOnlyKeys(0, 1, 2, 3);
    }

    @Test
    void hintsDoNotLeadToWhatCannotBeUsed() {
        Crowd crowd = hinted("b");
        crowd.endpoint(1).set(Endpoint.Absence.UNHEALTHY, true);
        assertThat(crowd.picks(UNAWARE, 100)).containsOnlyKeys(0, 2);
    }
}

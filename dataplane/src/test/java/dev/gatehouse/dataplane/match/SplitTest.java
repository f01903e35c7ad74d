package dev.gatehouse.dataplane.match;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.fixture.TestRequest;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Who gets which variant, and who moves when weights change. */
class SplitTest {

    private static final int USERS = 20_000;

    private static Split split(String name, int... weights) {
        Rule.Builder rule = Rule.newBuilder();
        rule.getSplitBuilder()
                .setName(name)
                .setHeader("x-split")
                .setForceHeader("x-force")
                .setBy(HashKey.newBuilder().setHeader("x-user"));
        for (int i = 0; i < weights.length; i++) {
            rule.addBackends(Backend.newBuilder().setVariant("v" + i).setWeight(weights[i]));
        }
        return Split.of(rule.build());
    }

    private static int of(Split split, int user) {
        return split.choose(new TestRequest("GET", "a", "/", Map.of("x-user", "user-" + user)));
    }

    private static int[] all(Split split) {
        int[] variants = new int[USERS];
        for (int user = 0; user < USERS; user++) {
            variants[user] = of(split, user);
        }
        return variants;
    }

    private static int moved(int[] before, int[] after) {
        int moved = 0;
        for (int user = 0; user < USERS; user++) {
            moved += before[user] == after[user] ? 0 : 1;
        }
        return moved;
    }

    @Property(tries = 20)
    void sharesFollowWeights(
            @ForAll @IntRange(max = 100) int a,
            @ForAll @IntRange(max = 100) int b,
            @ForAll @IntRange(min = 1, max = 100) int c) {
        int[] counts = new int[3];
        for (int variant : all(split("shares", a, b, c))) {
            counts[variant]++;
        }
        int[] weights = {a, b, c};
        for (int i = 0; i < 3; i++) {
            double expected = (double) USERS * weights[i] / (a + b + c);
            assertThat((double) counts[i]).isBetween(expected - 350, expected + 350);
        }
    }

    @Property(tries = 20)
    void aChangeOfWeightsMovesTheNeededShareAndNobodyBack(
            @ForAll @IntRange(max = 99) int before, @ForAll @IntRange(max = 99) int after) {
        int[] first = all(split("canary", 100 - before, before));
        int[] second = all(split("canary", 100 - after, after));
        double needed = USERS * Math.abs(after - before) / 100.0;
        assertThat((double) moved(first, second)).isBetween(needed - 350, needed + 350);
        for (int user = 0; user < USERS; user++) {
            if (first[user] != second[user]) {
                assertThat(second[user]).isEqualTo(after > before ? 1 : 0);
            }
        }
    }

    @Test
    void experimentsDivideUsersIndependently() {
        int[] one = all(split("one", 50, 50));
        int[] other = all(split("two", 50, 50));
        int[][] together = new int[2][2];
        for (int user = 0; user < USERS; user++) {
            together[one[user]][other[user]]++;
        }
        for (int[] row : together) {
            for (int count : row) {
                assertThat(count).isBetween(USERS / 4 - 250, USERS / 4 + 250);
            }
        }
    }

    @Test
    void aVariantThatIsNamedIsGivenWhateverItsWeight() {
        Split split = split("forced", 100, 0);
        assertThat(split.choose(new TestRequest("GET", "a", "/", Map.of("x-user", "me", "x-force", "v1"))))
                .isEqualTo(1);
        assertThat(split.choose(new TestRequest("GET", "a", "/", Map.of("x-user", "me", "x-force", "v9"))))
                .isZero();
    }

    @Test
    void whoCannotBeToldFromOthersHasNone() {
        assertThat(split("nobody", 50, 50).choose(TestRequest.get("a", "/"))).isEqualTo(Split.NOBODY);
        assertThat(of(split("empty", 0, 0), 1)).isEqualTo(Split.NOBODY);
    }

    @Test
    void whatItSaysOfAVariantIsWhatIsTold() {
        assertThat(split("blue-green", 1, 1).variant(1).told())
                .isEqualTo("blue-green=v1".getBytes(StandardCharsets.US_ASCII));
    }
}

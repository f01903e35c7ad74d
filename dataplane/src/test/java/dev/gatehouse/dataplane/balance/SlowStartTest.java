package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SlowStartTest {

    private static final long WINDOW = 30 * Crowd.SECOND;
    private static final int REQUESTS = 40_000;

    static List<Policy> policies() {
        return List.of(Policy.ROUND_ROBIN, new Policy.Random(), new Policy.LeastRequest(), new Policy.PeakEwma());
    }

    private static double share(Crowd crowd, Balancing how, int number) {
        return crowd.picks(how, REQUESTS).getOrDefault(number, 0) / (double) REQUESTS;
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aNewEndpointComesToItsShareOverTheWindow(Policy policy) {
        Balancing how = new Balancing(policy, WINDOW, false);
        for (int others : new int[] {3, 11}) {
            Crowd crowd = Crowd.of(others).pass(100 * Crowd.SECOND).add(Crowd.member(others));
            assertThat(share(crowd, how, others)).isBetween(0.05 / (others + 0.1), 0.15 / (others + 0.1));
            crowd.pass(WINDOW / 2);
            assertThat(share(crowd, how, others)).isBetween(0.4 / (others + 0.5), 0.6 / (others + 0.5));
            crowd.pass(WINDOW / 2);
            assertThat(share(crowd, how, others)).isBetween(0.93 / (others + 1), 1.07 / (others + 1));
        }
    }

    /** After ejection and after ill health; two reasons at once are over when the second one is. */
    @ParameterizedTest
    @MethodSource("policies")
    void whoComesBackBeginsSlowlyToo(Policy policy) {
        Balancing how = new Balancing(policy, WINDOW, false);
        Crowd crowd = Crowd.of(4).pass(100 * Crowd.SECOND);
        Endpoint back = crowd.endpoint(3);
        back.set(Endpoint.Absence.UNHEALTHY, true);
        back.set(Endpoint.Absence.EJECTED, true);
        back.set(Endpoint.Absence.EJECTED, false);
        crowd.pass(100 * Crowd.SECOND);
        assertThat(share(crowd, how, 3)).isZero();
        back.set(Endpoint.Absence.UNHEALTHY, false);
        assertThat(share(crowd, how, 3)).isBetween(0.05 / 3.1, 0.15 / 3.1);
        crowd.pass(WINDOW);
        assertThat(share(crowd, how, 3)).isBetween(0.23, 0.27);
    }

    /** There is nobody who could take its share. */
    @ParameterizedTest
    @MethodSource("policies")
    void whoComesBackToNobodyDoesNotWait(Policy policy) {
        Crowd crowd = Crowd.of(2);
        for (int i = 0; i < 2; i++) {
            crowd.endpoint(i).set(Endpoint.Absence.UNHEALTHY, true);
        }
        crowd.endpoint(0).set(Endpoint.Absence.UNHEALTHY, false);
        assertThat(share(crowd, new Balancing(policy, WINDOW, false), 0)).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void theOthersShareWhatItDoesNotGet(Policy policy) {
        Crowd crowd = Crowd.of(3).add(Crowd.member(3));
        for (int i = 0; i < 3; i++) {
            assertThat(share(crowd, new Balancing(policy, WINDOW, false), i)).isBetween(0.30, 0.345);
        }
    }

    @ParameterizedTest
    @MethodSource("policies")
    void withoutAWindowANewEndpointHasItsShareAtOnce(Policy policy) {
        Crowd crowd = Crowd.of(3).add(Crowd.member(3));
        assertThat(share(crowd, new Balancing(policy, 0, false), 3)).isBetween(0.23, 0.27);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void whereAllAreNewNobodyWaits(Policy policy) {
        Crowd crowd = Crowd.of(4);
        assertThat(share(crowd, new Balancing(policy, WINDOW, false), 0)).isBetween(0.23, 0.27);
    }

    @ParameterizedTest
    @MethodSource("policies")
    void aRequestThatAllOthersHaveFailedGoesToTheNewOne(Policy policy) {
        Crowd crowd = Crowd.of(1).add(Crowd.member(1));
        Caller caller = crowd.caller();
        caller.failed(crowd.endpoint(0));
        assertThat(crowd.upstream().pick(new Balancing(policy, WINDOW, false), caller))
                .isSameAs(crowd.endpoint(1));
    }
}

package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class UpstreamTest {

    private static final Transport H2C = new Transport(Transport.Protocol.H2C, Optional.empty(), Optional.empty());

    private static Member member(int port) {
        return Member.of(new InetSocketAddress("10.0.0.1", port));
    }

    private static List<Member> members(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(UpstreamTest::member).toList();
    }

    private static Caller caller(Endpoint... tried) {
        Caller caller = new Caller(new SplittableRandom(1));
        List.of(tried).forEach(caller::failed);
        return caller;
    }

    private static int pick(Upstream upstream) {
        return upstream.pick(Balancing.PLAIN, caller()).address().getPort();
    }

    /** Who is picked in as many picks as there are endpoints. */
    private static Set<Integer> picked(Upstream upstream) {
        return upstream.endpoints().stream().map(any -> pick(upstream)).collect(Collectors.toSet());
    }

    private static Upstream of(List<Member> ready, List<Member> terminating) {
        Upstream upstream = new Upstream("upstream/shop/svc/80");
        upstream.replace(Transport.PLAIN, ready, terminating);
        return upstream;
    }

    @Property(tries = 200)
    void readyEndpointsAreUsedInTurn(
            @ForAll @IntRange(min = 1, max = 20) int count, @ForAll @IntRange(min = 1, max = 50) int rounds) {
        Upstream upstream = of(members(count), List.of());
        Map<Endpoint, Integer> counts = new HashMap<>();
        for (int i = 0; i < count * rounds; i++) {
            counts.merge(upstream.pick(Balancing.PLAIN, caller()), 1, Integer::sum);
        }
        assertThat(counts).hasSize(count);
        assertThat(counts.values()).containsOnly(rounds);
    }

    @Test
    void turnsAreSharedFairlyByThreads() throws Exception {
        Upstream upstream = of(members(4), List.of());
        Map<Endpoint, Integer> counts = new ConcurrentHashMap<>();
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int t = 0; t < 4; t++) {
                threads.execute(() -> {
                    for (int i = 0; i < 1000; i++) {
                        counts.merge(upstream.pick(Balancing.PLAIN, caller()), 1, Integer::sum);
                    }
                });
            }
        }
        assertThat(counts.values()).containsExactly(1000, 1000, 1000, 1000);
    }

    @Test
    void terminatingEndpointsServeOnlyWhenNobodyIsReady() {
        Upstream upstream = of(List.of(member(1)), List.of(member(2)));
        for (int i = 0; i < 10; i++) {
            assertThat(pick(upstream)).isEqualTo(1);
        }
        upstream.replace(Transport.PLAIN, List.of(), List.of(member(2)));
        assertThat(pick(upstream)).isEqualTo(2);
    }

    @Test
    void nobodyAtAllIsNone() {
        assertThat(new Upstream("u").pick(Balancing.PLAIN, caller())).isSameAs(Endpoint.NONE);
        assertThat(new Upstream("u").isEmpty()).isTrue();
    }

    /** A request that is tried again reaches every other endpoint once, then none. */
    @Property(tries = 100)
    void endpointsThatWereTriedAreLeftOut(@ForAll @IntRange(min = 1, max = 12) int count, @ForAll int before) {
        Upstream upstream = of(members(count), List.of());
        for (int i = before & 7; i > 0; i--) {
            upstream.pick(Balancing.PLAIN, caller());
        }
        List<Endpoint> tried = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Endpoint next = upstream.pick(Balancing.PLAIN, caller(tried.toArray(Endpoint[]::new)));
            assertThat(next).isNotSameAs(Endpoint.NONE);
            assertThat(tried).doesNotContain(next);
            tried.add(next);
        }
        assertThat(upstream.pick(Balancing.PLAIN, caller(tried.toArray(Endpoint[]::new))))
                .isSameAs(Endpoint.NONE);
        assertThat(tried).containsExactlyInAnyOrderElementsOf(upstream.endpoints());
    }

    @Test
    void anAddressThatStaysKeepsItsEndpoint() {
        Upstream upstream = of(members(2), List.of());
        Endpoint first = upstream.endpoints().getFirst();
        upstream.replace(Transport.PLAIN, List.of(member(3)), List.of(member(1)));
        assertThat(upstream.endpoints().getLast()).isSameAs(first);
        upstream.replace(Transport.PLAIN, List.of(member(1)), List.of());
        assertThat(upstream.endpoints()).singleElement().isSameAs(first);
    }

    @Test
    void anAddressThatIsTalkedToInAnotherWayIsAnotherEndpoint() {
        Upstream upstream = of(members(1), List.of());
        Endpoint before = upstream.pick(Balancing.PLAIN, caller());
        upstream.replace(H2C, members(1), List.of());
        assertThat(upstream.pick(Balancing.PLAIN, caller())).isNotSameAs(before);
        assertThat(upstream.pick(Balancing.PLAIN, caller()).transport()).isEqualTo(H2C);
        assertThat(before.transport()).isEqualTo(Transport.PLAIN);
    }

    @Test
    void unusableEndpointsAreLeftOutUntilTheyAreUsableAgain() {
        Upstream upstream = of(members(3), List.of());
        Endpoint second = upstream.endpoints().get(1);
        second.set(Endpoint.Absence.UNHEALTHY, true);
        second.set(Endpoint.Absence.EJECTED, true);
        assertThat(picked(upstream)).containsExactlyInAnyOrder(1, 3);
        second.set(Endpoint.Absence.UNHEALTHY, false);
        assertThat(picked(upstream)).containsExactlyInAnyOrder(1, 3);
        second.set(Endpoint.Absence.EJECTED, false);
        assertThat(picked(upstream)).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void whatIsUnusableStaysSoWhenOthersComeAndGo() {
        Upstream upstream = of(members(3), List.of());
        upstream.endpoints().getFirst().set(Endpoint.Absence.EJECTED, true);
        upstream.replace(Transport.PLAIN, List.of(member(4), member(1), member(2)), List.of(member(3)));
        assertThat(picked(upstream)).containsExactlyInAnyOrder(2, 4);
    }

    /** If more than half are unusable, it is likelier that the judgement is wrong. */
    @Property(tries = 100)
    void atLeastHalfIsUsedWhateverIsUnusable(
            @ForAll @IntRange(min = 1, max = 10) int count, @ForAll @IntRange(max = 10) int unusable) {
        Upstream upstream = of(members(count), List.of());
        upstream.endpoints().stream().limit(unusable).forEach(one -> one.set(Endpoint.Absence.EJECTED, true));
        int usable = Math.max(0, count - unusable);
        assertThat(picked(upstream)).hasSize(2 * usable >= count ? usable : count);
    }

    @Test
    void anEndpointKnowsHowManyRequestsItHas() {
        Endpoint endpoint = of(members(1), List.of()).pick(Balancing.PLAIN, caller());
        endpoint.tryBegin();
        endpoint.tryBegin();
        assertThat(endpoint.requests()).isEqualTo(2);
        endpoint.ended(Outcome.ANSWERED, 1_000);
        endpoint.ended(Outcome.CONNECT_FAILED, -1);
        assertThat(endpoint.requests()).isZero();
    }
}

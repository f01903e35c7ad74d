package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sessions: who stays where while endpoints come and go, and keys are replaced. */
class SessionTest {

    private static final Balancing HOW = new Balancing(new Policy.Random(), 0, false);
    private static final byte[] OLD = new byte[32];
    private static final byte[] NEXT =
            "0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final SessionKeys KEYS = SessionKeys.of(List.of(OLD));

    /** The caller of a client that comes with a token, or with none. */
    private static Caller client(Crowd crowd, SessionKeys keys, byte[] token) {
        Caller caller = crowd.caller();
        caller.sessionKeys(keys);
        SessionToken.read(token, 0, token.length, keys, caller);
        return caller;
    }

    private static Endpoint pick(Crowd crowd, SessionKeys keys, byte[] token) {
        return crowd.upstream().pick(HOW, client(crowd, keys, token));
    }

    /** Tokens of so many new clients. */
    private static List<byte[]> clients(Crowd crowd, int count) {
        List<byte[]> tokens = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Caller caller = client(crowd, KEYS, new byte[0]);
            tokens.add(crowd.upstream().token(crowd.upstream().pick(HOW, caller), caller));
        }
        return tokens;
    }

    private static List<Integer> places(Crowd crowd, SessionKeys keys, List<byte[]> tokens) {
        return tokens.stream()
                .map(token -> Crowd.number(pick(crowd, keys, token)))
                .toList();
    }

    @Test
    void noSessionMovesWhenEndpointsCome() {
        Crowd crowd = Crowd.of(3);
        List<byte[]> tokens = clients(crowd, 300);
        List<Integer> before = places(crowd, KEYS, tokens);
        assertThat(new HashSet<>(before)).hasSize(3);
        crowd.add(Crowd.member(3), Crowd.member(4), Crowd.member(5));
        assertThat(places(crowd, KEYS, tokens)).isEqualTo(before);
        assertThat(places(crowd, KEYS, clients(crowd, 300))).contains(3, 4, 5);
    }

    @Test
    void onlySessionsOfAnEndpointThatIsGoneMoveAndEveryNodeSendsThemToTheSame() {
        Crowd crowd = Crowd.of(4);
        List<byte[]> tokens = clients(crowd, 400);
        List<Integer> before = places(crowd, KEYS, tokens);
        List<Integer> after = places(crowd.remove(1), KEYS, tokens);
        assertThat(places(Crowd.of(4).remove(1), KEYS, tokens)).isEqualTo(after);
        Map<Integer, Integer> moved = new HashMap<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (before.get(i) == 1) {
                moved.merge(after.get(i), 1, Integer::sum);
            } else {
                assertThat(after.get(i)).isEqualTo(before.get(i));
            }
        }
        assertThat(moved).containsOnlyKeys(0, 2, 3);
        assertThat(moved.values()).allSatisfy(count -> assertThat(count).isBetween(15, 55));
    }

    @Test
    void aTerminatingEndpointKeepsItsSessionsAndGetsNoNewOnes() {
        Crowd crowd = Crowd.of(3);
        List<byte[]> tokens = clients(crowd, 100);
        List<Integer> before = places(crowd, KEYS, tokens);
        crowd.terminate(2);
        assertThat(places(crowd, KEYS, tokens)).isEqualTo(before);
        assertThat(places(crowd, KEYS, clients(crowd, 100))).doesNotContain(2);
        assertThat(places(crowd.gone(), KEYS, tokens)).doesNotContain(2);
    }

    @Test
    void anEndpointThatCannotBeUsedGivesItsSessionsAway() {
        Crowd crowd = Crowd.of(3);
        byte[] token = clients(crowd, 1).getFirst();
        Endpoint first = pick(crowd, KEYS, token);
        first.set(Endpoint.Absence.EJECTED, true);
        Endpoint other = pick(crowd, KEYS, token);
        assertThat(other).isNotSameAs(first);
        assertThat(crowd.upstream().token(other, client(crowd, KEYS, token))).hasSize(28);
    }

    @Test
    void aRequestThatItsEndpointHasFailedGoesElsewhere() {
        Crowd crowd = Crowd.of(3);
        Caller caller = client(crowd, KEYS, clients(crowd, 1).getFirst());
        Endpoint first = crowd.upstream().pick(HOW, caller);
        caller.failed(first);
        Endpoint second = crowd.upstream().pick(HOW, caller);
        assertThat(second).isNotSameAs(first).isNotSameAs(Endpoint.NONE);
    }

    @Test
    void whoHasTheRightTokenIsGivenNoOther() {
        Crowd crowd = Crowd.of(3);
        byte[] token = clients(crowd, 1).getFirst();
        Caller caller = client(crowd, KEYS, token);
        assertThat(crowd.upstream().token(crowd.upstream().pick(HOW, caller), caller))
                .isEmpty();
    }

    @Test
    void keysAreReplacedWithoutMovingASession() {
        Crowd crowd = Crowd.of(3);
        byte[] token = clients(crowd, 1).getFirst();
        Endpoint endpoint = pick(crowd, KEYS, token);
        SessionKeys both = SessionKeys.of(List.of(NEXT, OLD));
        Caller caller = client(crowd, both, token);
        assertThat(crowd.upstream().pick(HOW, caller)).isSameAs(endpoint);
        byte[] renewed = crowd.upstream().token(endpoint, caller);
        assertThat(renewed).hasSize(28).isNotEqualTo(token);
        SessionKeys next = SessionKeys.of(List.of(NEXT));
        assertThat(pick(crowd, next, renewed)).isSameAs(endpoint);
    }

    /** A token that nobody gave out leads somewhere, but not where its maker wants. */
    @Test
    void nobodyCanNameAnEndpointWithoutTheKey() {
        Crowd crowd = Crowd.of(200);
        byte[] forged =
                crowd.upstream().token(crowd.endpoint(7), client(crowd, SessionKeys.of(List.of(NEXT)), new byte[0]));
        assertThat(Crowd.number(pick(crowd, KEYS, forged))).isNotEqualTo(7);
    }

    @Test
    void whatIsNoTokenIsANewClient() {
        Crowd crowd = Crowd.of(3);
        for (String text : List.of("", "x", "A".repeat(22), "A".repeat(26) + "==", "A".repeat(27) + "\u00e9")) {
            byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            assertThat(client(crowd, KEYS, bytes).isInSession()).isFalse();
        }
    }

    @Test
    void aTokenIsReadAsItWasWritten() {
        Caller caller = Crowd.of(1).caller();
        long chance = 0xf_1234_5678L;
        for (long[] words : new long[][] {{0, 0}, {-1, -1}, {1, 2}, {Long.MIN_VALUE, Long.MAX_VALUE}}) {
            byte[] text = SessionToken.text(words[0], words[1], chance);
            SessionToken.read(text, 0, text.length, KEYS, caller);
            assertThat(caller.sessionHigh()).isEqualTo(words[0]);
            assertThat(caller.sessionLow()).isEqualTo(words[1]);
            assertThat(caller.sessionChance()).isEqualTo(chance);
        }
    }

    @Test
    void withoutKeysNobodyIsGivenAToken() {
        Crowd crowd = Crowd.of(2);
        Caller caller = crowd.caller();
        assertThat(crowd.upstream().token(crowd.upstream().pick(HOW, caller), caller))
                .isEmpty();
    }

    /** A backend of weight 0 keeps the sessions that it has, and one whose endpoint is gone stays with its backend. */
    @Test
    void aSessionStaysWithItsBackendWhateverTheWeights() {
        Crowd crowd = Crowd.of(3);
        Upstream other = new Upstream("upstream/shop/other/80");
        other.replace(Transport.PLAIN, List.of(Crowd.member(100)), List.of());
        BackendSet set = BackendSet.of(List.of(
                new BackendSet.Weighted(Selection.of(crowd.upstream()), 0),
                new BackendSet.Weighted(Selection.of(other), 1)));
        byte[] token = clients(crowd, 1).getFirst();
        assertThat(set.pick(client(crowd, KEYS, token)).upstream()).isSameAs(crowd.upstream());
        crowd.remove(Crowd.number(pick(crowd, KEYS, token)));
        assertThat(set.pick(client(crowd, KEYS, token)).upstream()).isSameAs(crowd.upstream());
        assertThat(set.pick(client(crowd, KEYS, new byte[0])).upstream()).isSameAs(other);
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Source;
import dev.gatehouse.snapshot.proto.StickyCookie;
import dev.gatehouse.snapshot.proto.ValueMatch;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RawClient.Response;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The canary of an Ingress as clients meet it, with the rules that its annotations are compiled to (golden pair {@code canary}). */
final class CanaryTest {
    private static final Source BROUGHT = Source.newBuilder()
            .setKind("Ingress")
            .setNamespace("test")
            .setName("web-next")
            .build();

    private final RecordingBackend stable = RecordingBackend.ok("stable");
    private final RecordingBackend canary = RecordingBackend.ok("canary");
    private final ProxyFixture proxy = new ProxyFixture();
    private RawClient client;

    @BeforeEach
    void start() {
        route(90, 10, rule -> {});
        client = proxy.client();
    }

    @AfterEach
    void close() {
        client.close();
        proxy.close();
        stable.close();
        canary.close();
    }

    private void route(int stableWeight, int canaryWeight, Consumer<Rule.Builder> change) {
        endpoints("stable", stable.address());
        endpoints("canary", canary.address());
        Host.Builder host = Host.newBuilder().setName("*");
        ValueMatch.Builder header = ValueMatch.newBuilder().setName("x-canary");
        ValueMatch.Builder cookie = ValueMatch.newBuilder().setName("canary");
        host.addRules(rule(Match.newBuilder().addHeaders(header.setExact("always")), brought(1), own(0)))
                .addRules(rule(Match.newBuilder().addHeaders(header.setExact("never")), own(1)))
                .addRules(rule(Match.newBuilder().addCookies(cookie.setExact("always")), brought(1), own(0)))
                .addRules(rule(Match.newBuilder().addCookies(cookie.setExact("never")), own(1)))
                .addRules(rule(Match.newBuilder(), own(stableWeight), brought(canaryWeight)));
        host.getRulesBuilderList().forEach(change);
        proxy.apply(
                Shard.of(ShardId.host("*"), ShardBody.newBuilder().setHost(host).build()));
    }

    private static Rule.Builder rule(Match.Builder match, Backend... backends) {
        return Rule.newBuilder()
                .setId("Ingress/test/web#rules[0].paths[0]")
                .setMatch(match.setPrefix("/"))
                .addAllBackends(List.of(backends));
    }

    private static Backend own(int weight) {
        return Backend.newBuilder()
                .setUpstream("upstream/test/stable/80")
                .setWeight(weight)
                .build();
    }

    private static Backend brought(int weight) {
        return Backend.newBuilder()
                .setUpstream("upstream/test/canary/80")
                .setWeight(weight)
                .setSource(BROUGHT)
                .build();
    }

    /** Replaces those of a Service. */
    private void endpoints(String service, InetSocketAddress... addresses) {
        proxy.routeHost(service + ".example.com", service, rule -> rule, addresses);
    }

    private Response get(String fields) {
        return client.send("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").readResponse();
    }

    /** How often each answered, or the reason why nobody did. */
    private Map<String, Integer> answers(int requests) {
        Map<String, Integer> counts = new TreeMap<>();
        client.close();
        client = proxy.client(); // a connection has an end of its requests
        for (int i = 0; i < requests; i++) {
            Response answer = get("");
            counts.merge(answer.status() == 200 ? answer.rawBody() : answer.field("gatehouse-reason"), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void itGetsItsWeightAndChangesOfItCountFromTheNextRequestOn() {
        assertThat(answers(200)).isEqualTo(Map.of("stable", 180, "canary", 20));
        assertThat(canary.requests()).hasSize(20);
        route(50, 50, rule -> {});
        assertThat(answers(100)).isEqualTo(Map.of("stable", 50, "canary", 50));
        route(999, 1, rule -> {});
        assertThat(answers(1000)).isEqualTo(Map.of("stable", 999, "canary", 1));
        route(100, 0, rule -> {});
        assertThat(answers(50)).isEqualTo(Map.of("stable", 50));
        route(0, 100, rule -> {});
        assertThat(answers(50)).isEqualTo(Map.of("canary", 50));
    }

    @ParameterizedTest
    @CsvSource({
        "X-Canary: always, canary",
        "X-Canary: never, stable",
        "Cookie: canary=always, canary",
        "Cookie: canary=never, stable",
        "X-Canary: always|Cookie: canary=never, canary",
        "X-Canary: never|Cookie: canary=always, stable",
    })
    void whoSaysWhichOneGetsIt(String fields, String answer) {
        for (int i = 0; i < 20; i++) {
            assertThat(get(fields.replace("|", "\r\n") + "\r\n").rawBody()).isEqualTo(answer);
        }
    }

    @Test
    void whileItHasNoEndpointItsShareGoesToThePrimary() {
        endpoints("canary");
        assertThat(answers(100)).isEqualTo(Map.of("stable", 100));
        assertThat(proxy.exchanges())
                .allSatisfy(done -> assertThat(done.reason()).isEmpty());
        endpoints("canary", canary.address());
        assertThat(answers(100)).isEqualTo(Map.of("stable", 90, "canary", 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Canary: always", "Cookie: canary=always"})
    void whileItHasNoEndpointThePrimaryServesThoseWhoAskForIt(String fields) {
        endpoints("canary");
        assertThat(get(fields + "\r\n").rawBody()).isEqualTo("stable");
        endpoints("canary", canary.address());
        assertThat(get(fields + "\r\n").rawBody()).isEqualTo("canary");
    }

    @Test
    void itDoesNotStandInForItsPrimary() {
        endpoints("stable");
        assertThat(answers(100)).isEqualTo(Map.of("no-endpoint", 90, "canary", 10));
        endpoints("canary");
        assertThat(answers(10)).isEqualTo(Map.of("no-endpoint", 10));
    }

    /** A backend that the rule has itself keeps its share, as Gateway API wants it. */
    @Test
    void nobodyStandsInForABackendOfTheRuleItself() {
        endpoints("canary");
        route(90, 10, rule -> rule.getBackendsBuilderList().forEach(Backend.Builder::clearSource));
        endpoints("canary");
        assertThat(answers(100)).isEqualTo(Map.of("stable", 90, "no-endpoint", 10));
    }

    @Test
    void aSessionWithThePrimaryIsNoneForThoseWhoAskForTheCanary() {
        proxy.apply(Shard.of(
                ShardId.GLOBAL,
                ShardBody.newBuilder()
                        .setGlobal(Global.newBuilder()
                                .setFleet("test/test")
                                .addSessionKeys(ByteString.copyFrom(new byte[32])))
                        .build()));
        route(
                50,
                50,
                rule -> rule.setBalancing(Balancing.newBuilder()
                                .setStickyCookie(
                                        StickyCookie.newBuilder().setName("pod").setPath("/")))
                        .addRequiredFeatures(Features.BALANCE_STICKY));
        Response first = get("X-Canary: never\r\n");
        String session = first.field("set-cookie");
        session = "Cookie: " + session.substring(0, session.indexOf(';')) + "\r\n";
        for (int i = 0; i < 10; i++) {
            assertThat(get(session).rawBody()).isEqualTo("stable");
            assertThat(get("X-Canary: always\r\n" + session).rawBody()).isEqualTo("canary");
        }
        endpoints("canary");
        Response instead = get("X-Canary: always\r\n" + session);
        assertThat(instead.rawBody()).isEqualTo("stable");
        assertThat(instead.field("set-cookie")).isEmpty(); // it has that session already
    }
}

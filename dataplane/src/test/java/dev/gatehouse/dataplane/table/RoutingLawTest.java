package dev.gatehouse.dataplane.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.fixture.TestHost;
import dev.gatehouse.dataplane.fixture.TestRequest;
import dev.gatehouse.dataplane.fixture.TestRule;
import dev.gatehouse.dataplane.fixture.TestSnapshot;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.match.Trial;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The index answers as the documented rules do, and a table that grew by deltas answers as one that was built at once. */
class RoutingLawTest {

    private static final List<String> HOSTS =
            List.of("a.com", "b.com", "x.a.com", "y.x.a.com", "com", "*", "*.com", "*.a.com", "*.x.a.com");

    /** The long ones make paths of 63, 64 and more bytes, where prefixes are found in another way. */
    private static final List<String> SEGMENTS =
            List.of("a", "b", "ab", "a%20b", "", "A", "ä", "a".repeat(31), "b".repeat(62));

    private static final List<String> VALUES = List.of("", "a", "b", "ab", "a b", "ä", "a=b", "1+1", "50%");
    private static final List<String> EXPRESSIONS =
            List.of("/a.*", ".*b", "/", "/[ab]+/?", "/(a|b)/.*", ".*", "/a{2,3}");

    /** One seed makes snapshot, changes and requests: small alphabets, so that rules do overlap. */
    private record World(Random random) {

        <T> T any(List<T> of) {
            return of.get(random.nextInt(of.size()));
        }

        boolean oneIn(int n) {
            return random.nextInt(n) == 0;
        }

        String path() {
            StringBuilder path = new StringBuilder();
            for (int i = random.nextInt(5); i > 0; i--) {
                path.append('/').append(any(SEGMENTS));
            }
            return path.isEmpty() || oneIn(4) ? path + "/" : path.toString();
        }

        void changeHost(TestSnapshot snapshot) {
            String name = any(HOSTS);
            if (oneIn(4)) {
                snapshot.remove(ShardId.host(name));
                return;
            }
            TestHost host = snapshot.host(name);
            int version = random.nextInt(1000);
            for (int i = random.nextInt(oneIn(2) ? 5 : 40); i > 0; i--) {
                rule(host).id(name + "/" + version + "/" + i).to("svc");
            }
            if (oneIn(3)) {
                host.otherwise().id(name + "/" + version + "/default").to("svc");
            }
        }

        TestRule rule(TestHost host) {
            TestRule rule = switch (random.nextInt(7)) {
                case 0, 1 -> host.exact(path());
                case 2 -> host.regex(any(EXPRESSIONS));
                default -> host.prefix(path());
            };
            if (oneIn(3)) {
                rule.header("x-a", Integer.toString(random.nextInt(2)));
            }
            if (oneIn(6)) {
                rule.headerRegex("x-b", "[01]");
            }
            if (oneIn(6)) {
                rule.headerPresent("x-b");
            }
            if (oneIn(5)) {
                rule.queryParam(condition("p"));
            }
            if (oneIn(5)) {
                rule.cookie(condition("c"));
            }
            for (int i = oneIn(6) ? 1 + random.nextInt(2) : 0; i > 0; i--) {
                rule.source((10 + i) + ".0.0.0/8");
            }
            if (oneIn(4)) {
                rule.method(any(List.of("GET", "POST")));
            }
            return rule;
        }

        private ValueMatch.Builder condition(String name) {
            ValueMatch.Builder condition = ValueMatch.newBuilder().setName(name);
            return switch (random.nextInt(4)) {
                case 0 -> condition.setRegex("[ab].*");
                case 1 -> condition.setPresent(oneIn(2));
                default -> condition.setExact(any(VALUES));
            };
        }

        /** At most the parameter or cookie {@code name}, and others that look like it. */
        Map<String, String> values(String name) {
            Map<String, String> values = new TreeMap<>();
            if (oneIn(2)) {
                values.put(name, any(VALUES));
            }
            if (oneIn(2)) {
                values.put(name + name, any(VALUES));
            }
            if (oneIn(3)) {
                values.put("x", any(VALUES));
            }
            return values;
        }

        String query(Map<String, String> params) {
            StringBuilder query = new StringBuilder();
            params.forEach((name, value) -> query.append(query.isEmpty() ? '?' : '&')
                    .append(encoded(name))
                    .append(value.isEmpty() && oneIn(2) ? "" : "=" + encoded(value)));
            return query + (oneIn(5) ? query.isEmpty() ? "?" : "&" : "");
        }

        /** Any octet may be written in percent-encoding, a space must be, or as a plus. */
        private String encoded(String text) {
            StringBuilder encoded = new StringBuilder();
            for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
                boolean plain = octet > ' ' && "&+%#".indexOf(octet) < 0 && !oneIn(3);
                encoded.append(
                        plain
                                ? String.valueOf((char) octet)
                                : octet == ' ' && oneIn(2)
                                        ? "+"
                                        : "%" + HexFormat.of().toHexDigits(octet));
            }
            return encoded.toString();
        }

        String requestedHost() {
            String host = any(HOSTS).replace("*", any(List.of("q", "x", "y.x")));
            return oneIn(5) ? host + ".org" : host;
        }

        Map<String, String> headers() {
            Map<String, String> headers = new TreeMap<>();
            if (oneIn(2)) {
                headers.put("x-a", Integer.toString(random.nextInt(3)));
            }
            if (oneIn(2)) {
                headers.put("x-b", Integer.toString(random.nextInt(3)));
            }
            return headers;
        }
    }

    @Property(tries = 150)
    void theIndexAnswersAsTheDocumentedRulesDo(@ForAll long seed) {
        World world = new World(new Random(seed));
        TestSnapshot made = new TestSnapshot().service("svc");
        Tables grown = new Tables();
        SnapshotReceiver receiver = new SnapshotReceiver(grown, BackendTls.maker());
        for (int step = 0; step < 6; step++) {
            for (int i = 0; i < 3; i++) {
                world.changeHost(made);
            }
            if (world.oneIn(3)) {
                String id = "fleet/" + step;
                boolean present = world.oneIn(2);
                made.global(global ->
                        present ? global.setDefaultRule(Rule.newBuilder().setId(id)) : global);
            }
            apply(receiver, made.snapshot());
        }
        Tables atOnce = new Tables();
        apply(new SnapshotReceiver(atOnce, BackendTls.maker()), made.snapshot());

        for (int i = 0; i < 60; i++) {
            NaiveMatcher.Asked asked = new NaiveMatcher.Asked(
                    world.any(List.of("GET", "POST", "PUT")),
                    world.requestedHost(),
                    world.path(),
                    world.headers(),
                    world.values("p"),
                    world.values("c"),
                    world.any(List.of(11, 12, 13)));
            TestRequest request = request(asked, world);
            String expected = NaiveMatcher.route(made.snapshot(), asked).orElse("");
            assertThat(grown.current().route(request).id()).as("%s", request).isEqualTo(expected);
            assertThat(atOnce.current().route(request).id()).as("%s", request).isEqualTo(expected);
            explanationAgrees(grown.current(), request);
        }
    }

    /** What explain says of every rule is what the index makes of it, up to the very object that answers. */
    private static void explanationAgrees(RoutingTable table, TestRequest request) {
        Decision decision = table.explain(request);
        assertThat(decision.winner()).as("%s", request).isSameAs(table.route(request));
        boolean matched = decision.by() == Decision.By.MATCH;
        assertThat(decision.trials().stream()
                        .filter(Trial::matches)
                        .findFirst()
                        .map(Trial::rule)
                        .equals(matched ? Optional.of(decision.winner()) : Optional.empty()))
                .as("%s", request)
                .isTrue();
        for (Trial trial : decision.trials()) {
            trial.failed().ifPresent(failed -> {
                assertThat(failed.what()).isNotEmpty();
                assertThat(failed.asked()).isNotEqualTo(failed.found());
            });
        }
    }

    private static TestRequest request(NaiveMatcher.Asked asked, World world) {
        Map<String, String> headers = new TreeMap<>(asked.headers());
        if (!asked.cookies().isEmpty()) {
            headers.put(
                    "cookie",
                    asked.cookies().entrySet().stream()
                            .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                            .collect(Collectors.joining("; ")));
        }
        return new TestRequest(asked.method(), asked.host(), asked.path(), world.query(asked.params()), headers)
                .from(asked.source() + ".1.2.3");
    }

    private static void apply(SnapshotReceiver receiver, Snapshot target) {
        var difference = receiver.announced().differenceTo(target);
        var result = receiver.apply(difference.updates(), difference.removed(), target.root());
        assertThat(result.error()).isEmpty();
        assertThat(result.refused()).isEmpty();
    }
}

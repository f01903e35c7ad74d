package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Cors;
import dev.gatehouse.snapshot.proto.ErrorPage;
import dev.gatehouse.snapshot.proto.ErrorPages;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.PrefixRewrite;
import dev.gatehouse.snapshot.proto.RegexRewrite;
import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Split;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.snapshot.proto.ValueMatch;
import dev.gatehouse.snapshot.proto.ValuePart;
import dev.gatehouse.snapshot.proto.Variable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a rule with a feature allocates for a request beyond one without; docs/benchmarks.md has the figures. */
final class RuleFootprintTest {

    private static final String MARK = "rule-footprint ";

    /** A feature, and how many bytes a request through a rule with it may allocate in all. */
    private record Case(long most, UnaryOperator<Rule.Builder> rule) {}

    private static final Map<String, Case> CASES = cases();

    private static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("plain", new Case(200, rule -> rule));
        cases.put(
                "match on header, query and cookie",
                new Case(
                        200,
                        rule -> rule.setMatch(Match.newBuilder()
                                .setPrefix("/a")
                                .addHeaders(ValueMatch.newBuilder()
                                        .setName("accept")
                                        .setExact("*/*"))
                                .addQueryParams(
                                        ValueMatch.newBuilder().setName("with").setExact("query"))
                                .addCookies(ValueMatch.newBuilder()
                                        .setName("session")
                                        .setPresent(true)))));
        cases.put("weights", new Case(200, rule -> rule.addBackends(backend(9)).addBackends(backend(1))));
        cases.put(
                "time limits",
                new Case(
                        200,
                        rule -> rule.setRequestTimeoutMs(30_000)
                                .setTimeouts(Timeouts.newBuilder()
                                        .setFirstByteMs(10_000)
                                        .setIdleMs(10_000))));
        cases.put(
                "retries",
                new Case(
                        200,
                        rule -> rule.setRetries(Retries.newBuilder()
                                .setAttempts(3)
                                .addOn(Retries.Condition.CONNECT_FAILURE)
                                .addStatuses(503)
                                .setBudgetPercent(20))));
        cases.put("limit of bodies", new Case(200, rule -> rule.setMaxBodyBytes(1_000)));
        cases.put(
                "rewrite of the prefix",
                new Case(
                        400,
                        rule -> rule.setMatch(Match.newBuilder().setPrefix("/a"))
                                .addFilters(Filter.newBuilder()
                                        .setRewritePrefix(
                                                PrefixRewrite.newBuilder().setPrefix("/b")))));
        cases.put(
                "rewrite by expression",
                new Case(
                        1_000,
                        rule -> rule.addFilters(Filter.newBuilder()
                                .setRewriteRegex(RegexRewrite.newBuilder()
                                        .setPattern("^/a/(.*)$")
                                        .setSubstitution("/b/\\1")))));
        cases.put(
                "header edits both ways",
                new Case(
                        400,
                        rule -> rule.addFilters(Filter.newBuilder()
                                        .setRequestHeaders(HeaderEdit.newBuilder()
                                                .addSet(value("x-team", "shop"))
                                                .addRemove("accept-encoding")))
                                .addFilters(Filter.newBuilder()
                                        .setResponseHeaders(
                                                HeaderEdit.newBuilder().addSet(value("x-served-by", "gatehouse"))))));
        cases.put(
                "a header with variables",
                new Case(
                        1_400,
                        rule -> rule.addFilters(Filter.newBuilder()
                                .setRequestHeaders(HeaderEdit.newBuilder()
                                        .addSet(HeaderValue.newBuilder()
                                                .setName("x-from")
                                                .addParts(ValuePart.newBuilder().setVariable(Variable.CLIENT_ADDRESS))
                                                .addParts(ValuePart.newBuilder().setText(" "))
                                                .addParts(ValuePart.newBuilder().setVariable(Variable.PATH)))))));
        cases.put(
                "CORS, a request of the same origin",
                new Case(
                        800,
                        rule -> rule.addFilters(Filter.newBuilder()
                                .setCors(Cors.newBuilder().addAllowOrigins("https://shop.example.com")))));
        cases.put(
                "error pages, no error",
                new Case(
                        400,
                        rule -> rule.addFilters(Filter.newBuilder()
                                .setErrorPages(ErrorPages.newBuilder()
                                        .addPages(ErrorPage.newBuilder()
                                                .addStatuses(StatusRange.newBuilder()
                                                        .setFrom(500)
                                                        .setTo(599))
                                                .setBackend(true))))));
        cases.put(
                "least request",
                new Case(
                        200,
                        rule -> rule.setBalancing(Balancing.newBuilder().setPolicy(Balancing.Policy.LEAST_REQUEST))));
        cases.put(
                "consistent hash by cookie",
                new Case(
                        200,
                        rule -> rule.setBalancing(Balancing.newBuilder()
                                .setPolicy(Balancing.Policy.CONSISTENT_HASH)
                                .setHash(HashKey.newBuilder().setCookie("session")))));
        cases.put(
                "split by cookie",
                new Case(
                        200,
                        rule -> rule.clearBackends()
                                .addBackends(backend(1).setVariant("blue"))
                                .addBackends(backend(1).setVariant("green"))
                                .setSplit(Split.newBuilder()
                                        .setName("colour")
                                        .setBy(HashKey.newBuilder().setCookie("session"))
                                        .setHeader("x-split"))));
        return cases;
    }

    private static Backend.Builder backend(int weight) {
        return Backend.newBuilder()
                .setUpstream(ShardId.upstream("test", "backend", 80).toString())
                .setWeight(weight);
    }

    private static HeaderValue.Builder value(String name, String value) {
        return HeaderValue.newBuilder().setName(name).setValue(value);
    }

    @Test
    void aFeatureCostsWhatItNeedsAndNoOtherRulePays() throws IOException {
        Map<String, Long> measured = new TreeMap<>();
        try (Footprint footprint = new Footprint()) {
            for (String line : footprint.run(RuleFootprintTest.class)) {
                if (line.startsWith(MARK)) {
                    int equals = line.lastIndexOf('=');
                    measured.put(line.substring(MARK.length(), equals), Long.valueOf(line.substring(equals + 1)));
                }
            }
        }
        System.out.println("allocated per request, by what the rule has: " + measured);
        assertThat(measured).containsOnlyKeys(CASES.keySet());
        CASES.forEach((name, one) -> assertThat(measured.get(name)).as(name).isBetween(0L, one.most() - 1));
    }

    /** Arguments: the port of the backend. Says the bytes of each. */
    public static void main(String[] arguments) throws IOException {
        for (Map.Entry<String, Case> one : CASES.entrySet()) {
            try (ProxyFixture proxy = Footprint.proxy(
                    Integer.parseInt(arguments[0]),
                    rule -> one.getValue().rule().apply(rule.addAllRequiredFeatures(Features.all())))) {
                System.out.println(MARK + one.getKey() + "="
                        + Footprint.allocatedPerRequest(proxy, one.getValue().most()));
            }
        }
    }
}

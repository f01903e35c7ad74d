package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Split;
import dev.gatehouse.snapshot.proto.StickyCookie;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a {@code split} of a rule becomes on the wire. */
class SplitCompileTest {

    private static final String TWO =
            "{service: api, port: 80, weight: 80, variant: blue}, {service: api, port: 80, variant: green}";

    private final OneHost host = new OneHost("api");
    private List<Finding> findings = List.of();

    private Rule split(String backends, String split) throws Exception {
        host.apply(OneHost.proxyRoute(2026, "backends: [" + backends + "]\nsplit: " + split));
        findings = host.verdict(new ObjectKey(Kind.PROXY_ROUTE, "shop", "web")).findings();
        return host.rule();
    }

    @Test
    void aSplitHasItsDefaults() throws Exception {
        Rule rule = split(TWO, "{name: button}");
        assertThat(findings).isEmpty();
        assertThat(rule.getSplit())
                .isEqualTo(Split.newBuilder()
                        .setName("button")
                        .setHeader("x-split")
                        .setVisitor(StickyCookie.newBuilder()
                                .setName("gatehouse-visitor")
                                .setPath("/")
                                .setMaxAgeSeconds(90 * 24 * 3600))
                        .build());
        assertThat(rule.getBackendsList()).extracting(Backend::getVariant).containsExactly("blue", "green");
        assertThat(rule.getRequiredFeaturesList()).containsExactly("split");
    }

    @Test
    void aSplitIsAsItIsWritten() throws Exception {
        Rule rule = split(
                TWO,
                "{name: button, by: {cookie: Uid}, sticky: true, cookieName: v, maxAge: 1h, header: X-Variant,"
                        + " force: {header: X-Force, cookie: force}}");
        assertThat(findings).isEmpty();
        assertThat(rule.getSplit())
                .isEqualTo(Split.newBuilder()
                        .setName("button")
                        .setBy(HashKey.newBuilder().setCookie("Uid"))
                        .setVisitor(StickyCookie.newBuilder()
                                .setName("v")
                                .setPath("/")
                                .setMaxAgeSeconds(3600))
                        .setHeader("x-variant")
                        .setForceHeader("x-force")
                        .setForceCookie("force")
                        .build());
        assertThat(split(TWO, "{name: button, by: {source: true}}").getSplit().hasVisitor())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{service: api, port: 80} | {name: b} | backends[0].variant | is missing",
                "{service: api, port: 80, variant: B} | {name: b} | backends[0].variant | is no name",
                "{service: api, port: 80, variant: a}, {service: api, port: 80, variant: a} | {name: b} | backends[1].variant | again",
                "{service: api, port: 80, variant: a} | {name: 'b c'} | split.name | is no name",
                "{service: api, port: 80, variant: a} | {name: b, by: {}} | split.by | exactly one of",
                "{service: api, port: 80, variant: a} | {name: b, sticky: false} | split.sticky | nothing tells users apart",
                "{service: api, port: 80, variant: a} | {name: b, header: 'x y'} | split.header | is no name",
                "{service: api, port: 80, variant: a} | {name: b, header: connection} | split.header | frames the message",
                "{service: api, port: 80, variant: a} | {name: b, header: Host} | split.header | a meaning of its own",
                "{service: api, port: 80, variant: a} | {name: b, force: {cookie: 'a;b'}} | split.force.cookie | is no name",
                "{service: api, port: 80, variant: a} | null | backends[0].variant | has no split",
            })
    void aSplitThatCannotBeIsSaidAndRequestsGoByWeight(String backends, String split, String field, String message)
            throws Exception {
        Rule rule = split(backends, split);
        assertThat(findings).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0]." + field);
            assertThat(finding.message()).contains(message);
        });
        assertThat(rule.hasSplit()).isFalse();
        assertThat(rule.getBackends(0).getUpstream()).isEqualTo("upstream/shop/api/80");
    }
}

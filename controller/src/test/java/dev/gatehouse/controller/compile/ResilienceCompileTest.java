package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a ProxyRoute's rule says about backends that fail, and what of it can be read. */
class ResilienceCompileTest {
    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey ROUTE = new ObjectKey(Kind.PROXY_ROUTE, "shop", "web");

    private final Manifests manifests = new Manifests();
    private final World world = new World(WorldOptions.cluster(FLEET));

    private Rule rule(String settings) throws CorruptShardException {
        world.apply(manifests.upserts("""
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec: {controller: gatehouse.dev/controller}
                ---
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules: [{%s, backends: [{service: api, port: 80}]}]
                """.formatted(settings)));
        return world.snapshot(FLEET)
                .get(ShardId.host("a.example.com"))
                .orElseThrow()
                .body()
                .getHost()
                .getRules(0);
    }

    private List<Finding> findings() {
        return Objects.requireNonNull(world.verdicts().get(ROUTE)).findings().stream()
                .filter(finding -> finding.reason().equals("InvalidValue"))
                .toList();
    }

    @Test
    void aRuleThatSaysNothingNeedsNothing() throws CorruptShardException {
        Rule rule = rule("timeouts: {request: 15s}");
        assertThat(rule.getRequestTimeoutMs()).isEqualTo(15_000);
        assertThat(rule.hasTimeouts()).isFalse();
        assertThat(rule.hasRetries()).isFalse();
        assertThat(rule.getRequiredFeaturesList()).isEmpty();
    }

    @Test
    void timeoutsAreOfTheRule() throws CorruptShardException {
        Rule rule = rule("timeouts: {connect: 1s, firstByte: 1500ms, request: 1m, idle: 10s}");
        assertThat(rule.getTimeouts())
                .isEqualTo(Timeouts.newBuilder()
                        .setConnectMs(1_000)
                        .setFirstByteMs(1_500)
                        .setIdleMs(10_000)
                        .build());
        assertThat(rule.getRequestTimeoutMs()).isEqualTo(60_000);
        assertThat(rule.getRequiredFeaturesList()).containsExactly(Features.RULE_TIMEOUTS);
        assertThat(findings()).isEmpty();
    }

    @Test
    void retriesHaveConditionsStatusesAndABudget() throws CorruptShardException {
        Rule rule = rule(
                "retries: {attempts: 3, on: [\"503\", reset, connect-failure, \"429\"], perTryTimeout: 2s, budget: 30%}");
        assertThat(rule.getRetries())
                .isEqualTo(Retries.newBuilder()
                        .setAttempts(3)
                        .addOn(Retries.Condition.CONNECT_FAILURE)
                        .addOn(Retries.Condition.RESET)
                        .addOn(Retries.Condition.TIMEOUT)
                        .addStatuses(429)
                        .addStatuses(503)
                        .setPerTryTimeoutMs(2_000)
                        .setBudgetPercent(30)
                        .build());
        assertThat(rule.getRequiredFeaturesList()).containsExactly(Features.RULE_RETRIES);
        assertThat(findings()).isEmpty();
    }

    @Test
    void retriesHaveDefaults() throws CorruptShardException {
        assertThat(rule("retries: {}").getRetries())
                .isEqualTo(Retries.newBuilder()
                        .setAttempts(2)
                        .addOn(Retries.Condition.CONNECT_FAILURE)
                        .addOn(Retries.Condition.REFUSED_STREAM)
                        .addOn(Retries.Condition.RESET)
                        .setBudgetPercent(20)
                        .build());
    }

    @Test
    void aGatewayErrorIsOneOfThreeStatuses() throws CorruptShardException {
        assertThat(rule("retries: {on: [gateway-error]}").getRetries().getStatusesList())
                .containsExactly(502, 503, 504);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "retries: {on: [5xx, oops]}        | spec.rules[0].retries.on[1]         | write connect-failure",
                "retries: {on: [\"200\"]}          | spec.rules[0].retries.on[0]         | write connect-failure",
                "retries: {attempts: 11}           | spec.rules[0].retries.attempts      | from 0 to 10",
                "retries: {attempts: -1}           | spec.rules[0].retries.attempts      | from 0 to 10",
                "retries: {budget: 0%}             | spec.rules[0].retries.budget        | from 1% to 100%",
                "retries: {budget: \"20\"}         | spec.rules[0].retries.budget        | from 1% to 100%",
                "retries: {perTryTimeout: fast}    | spec.rules[0].retries.perTryTimeout | such as 15s",
                "health: {outlier: {consecutiveFailures: 0}} | spec.rules[0].health.outlier.consecutiveFailures | from 1",
                "health: {outlier: {maxEjectedPercent: 101}} | spec.rules[0].health.outlier.maxEjectedPercent | to 100",
                "health: {outlier: {ejectFor: never}} | spec.rules[0].health.outlier.ejectFor | such as 15s",
                "health: {active: {path: healthz}} | spec.rules[0].health.active.path | begins with a slash",
                "health: {active: {path: '/a b'}} | spec.rules[0].health.active.path | without spaces",
                "health: {active: {host: 'a b'}} | spec.rules[0].health.active.host | such as shop.example.com",
                "health: {active: {type: tcp, path: /}} | spec.rules[0].health.active.path | is of http checks",
                "health: {active: {type: grpc, host: a}} | spec.rules[0].health.active.host | is of http checks",
                "health: {active: {type: tcp, service: a}} | spec.rules[0].health.active.service | is of grpc checks",
                "health: {active: {service: a}} | spec.rules[0].health.active.service | is of grpc checks",
                "health: {active: {expectedStatuses: ['200', '600']}} | spec.rules[0].health.active.expectedStatuses[1] | from 100 to 599",
                "health: {active: {expectedStatuses: [299-200]}} | spec.rules[0].health.active.expectedStatuses[0] | a range",
                "health: {active: {port: 0}} | spec.rules[0].health.active.port | 1 to 65535",
                "health: {active: {interval: 99ms}} | spec.rules[0].health.active.interval | 100ms or more",
                "health: {active: {interval: often}} | spec.rules[0].health.active.interval | such as 15s",
                "health: {active: {timeout: 0s}} | spec.rules[0].health.active.timeout | such as 15s",
                "health: {active: {healthyThreshold: 0}} | spec.rules[0].health.active.healthyThreshold | from 1 to 100",
                "health: {active: {unhealthyThreshold: 101}} | spec.rules[0].health.active.unhealthyThreshold | to 100",
                "circuitBreaker: {} | spec.rules[0].circuitBreaker | write maxConnections",
                "circuitBreaker: {maxConnections: 0} | spec.rules[0].circuitBreaker.maxConnections | 1 or more",
                "circuitBreaker: {maxPendingRequests: -1} | spec.rules[0].circuitBreaker.maxPendingRequests | 1 or more",
                "circuitBreaker: {maxRequests: 0} | spec.rules[0].circuitBreaker.maxRequests | 1 or more",
                "timeouts: {connect: 0s}           | spec.rules[0].timeouts.connect      | such as 15s",
                "timeouts: {firstByte: soon}       | spec.rules[0].timeouts.firstByte    | such as 15s",
                "timeouts: {idle: -1s}             | spec.rules[0].timeouts.idle         | such as 15s",
            })
    void whatCannotBeReadIsNamedWithItsField(String settings, String field, String message)
            throws CorruptShardException {
        rule(settings);
        assertThat(findings()).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo(field);
            assertThat(finding.message()).contains(message);
        });
    }

    private static String route(String name, String created, String settings) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: %s, namespace: shop, creationTimestamp: "%s"}
                spec:
                  ingressClassName: gatehouse
                  hosts: [%s.example.com]
                  rules: [{%s backends: [{service: api, port: http}]}]
                """.formatted(name, created, name, settings);
    }

    private void apply(String... objects) {
        world.apply(manifests.upserts(String.join("---\n", objects)));
    }

    private void service() {
        apply("""
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec: {controller: gatehouse.dev/controller}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: api, namespace: shop}
                spec: {ports: [{name: http, port: 80}]}
                """);
    }

    private Upstream upstream() throws CorruptShardException {
        return world.snapshot(FLEET)
                .get(ShardId.upstream("shop", "api", 80))
                .orElseThrow()
                .body()
                .getUpstream();
    }

    private List<Finding> taken(String route) {
        return Objects.requireNonNull(world.verdicts().get(new ObjectKey(Kind.PROXY_ROUTE, "shop", route)))
                .findings()
                .stream()
                .filter(finding -> finding.reason().equals("UpstreamPolicyTaken"))
                .toList();
    }

    @Test
    void ejectionIsOfTheUpstream() throws CorruptShardException {
        service();
        apply(route("a", "2026-01-01T00:00:00Z", "health: {outlier: {consecutiveFailures: 3, ejectFor: 10s}},"));
        assertThat(upstream().getOutlier())
                .isEqualTo(Upstream.Outlier.newBuilder()
                        .setConsecutiveFailures(3)
                        .setEjectForMs(10_000)
                        .setMaxEjectedPercent(50)
                        .build());
        apply(route("a", "2026-01-01T00:00:00Z", ""));
        assertThat(upstream().hasOutlier()).isFalse();
    }

    @Test
    void healthChecksAreOfTheUpstream() throws CorruptShardException {
        service();
        String anyTime = "2026-01-01T00:00:00Z";
        apply(route(
                "a",
                anyTime,
                "health: {active: {path: '/healthz?full', host: shop.example.com,"
                        + " expectedStatuses: ['204', '200-299'], port: 9000, interval: 3s, timeout: 500ms,"
                        + " healthyThreshold: 1, unhealthyThreshold: 4}},"));
        assertThat(upstream().getHealthCheck())
                .isEqualTo(Upstream.HealthCheck.newBuilder()
                        .setHttp(Upstream.HealthCheck.Http.newBuilder()
                                .setPath("/healthz?full")
                                .setHost("shop.example.com")
                                .addStatuses(range(204, 204))
                                .addStatuses(range(200, 299)))
                        .setPort(9000)
                        .setIntervalMs(3_000)
                        .setTimeoutMs(500)
                        .setHealthyThreshold(1)
                        .setUnhealthyThreshold(4)
                        .build());
        assertThat(world.snapshot(FLEET)
                        .get(ShardId.host("a.example.com"))
                        .orElseThrow()
                        .body()
                        .getHost()
                        .getRules(0)
                        .getRequiredFeaturesList())
                .containsExactly(Features.UPSTREAM_HEALTH_CHECK);
        apply(route("a", anyTime, "health: {active: {type: grpc, service: shop.Cart}},"));
        assertThat(upstream().getHealthCheck().getGrpc().getService()).isEqualTo("shop.Cart");
        apply(route("a", anyTime, "health: {active: {type: tcp}},"));
        assertThat(upstream().getHealthCheck().hasTcp()).isTrue();
        apply(route("a", anyTime, ""));
        assertThat(upstream().hasHealthCheck()).isFalse();
    }

    @Test
    void healthChecksHaveDefaults() throws CorruptShardException {
        service();
        apply(route("a", "2026-01-01T00:00:00Z", "health: {active: {}},"));
        assertThat(upstream().getHealthCheck())
                .isEqualTo(Upstream.HealthCheck.newBuilder()
                        .setHttp(Upstream.HealthCheck.Http.newBuilder()
                                .setPath("/")
                                .addStatuses(range(200, 399)))
                        .setIntervalMs(5_000)
                        .setTimeoutMs(2_000)
                        .setHealthyThreshold(2)
                        .setUnhealthyThreshold(3)
                        .build());
    }

    private static StatusRange range(int from, int to) {
        return StatusRange.newBuilder().setFrom(from).setTo(to).build();
    }

    @Test
    void circuitBreakersAreOfTheUpstream() throws CorruptShardException {
        service();
        apply(route("a", "2026-01-01T00:00:00Z", "circuitBreaker: {maxConnections: 10, maxRequests: 100},"));
        assertThat(upstream().getCircuitBreaker())
                .isEqualTo(Upstream.CircuitBreaker.newBuilder()
                        .setMaxConnections(10)
                        .setMaxRequests(100)
                        .build());
        assertThat(world.snapshot(FLEET)
                        .get(ShardId.host("a.example.com"))
                        .orElseThrow()
                        .body()
                        .getHost()
                        .getRules(0)
                        .getRequiredFeaturesList())
                .containsExactly(Features.UPSTREAM_CIRCUIT_BREAKER);
        apply(route("b", "2026-01-02T00:00:00Z", "circuitBreaker: {maxRequests: 5},"));
        assertThat(taken("b"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.field()).isEqualTo("spec.rules[0].circuitBreaker"));
    }

    /** A check that asked something else than was meant could find everybody ill. */
    @Test
    void aCheckThatCannotBeReadChecksNothing() throws CorruptShardException {
        service();
        apply(route("a", "2026-01-01T00:00:00Z", "health: {active: {path: healthz}, outlier: {}},"));
        assertThat(upstream().hasHealthCheck()).isFalse();
        assertThat(upstream().hasOutlier()).isTrue();
    }

    /** One object can say when endpoints are ejected and another how they are checked. */
    @Test
    void eachAspectIsDecidedByItself() throws CorruptShardException {
        service();
        apply(
                route("older", "2026-01-01T00:00:00Z", "health: {outlier: {consecutiveFailures: 3}},"),
                route("younger", "2026-01-02T00:00:00Z", "health: {outlier: {}, active: {path: /ready}},"));
        assertThat(upstream().getOutlier().getConsecutiveFailures()).isEqualTo(3);
        assertThat(upstream().getHealthCheck().getHttp().getPath()).isEqualTo("/ready");
        assertThat(taken("younger"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.field()).isEqualTo("spec.rules[0].health.outlier"));
    }

    /** Whatever the order in which they come, and on another host, too. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void theOldestObjectDecidesAndTheOthersAreTold(boolean olderFirst) throws CorruptShardException {
        service();
        String older = route("older", "2026-01-01T00:00:00Z", "health: {outlier: {consecutiveFailures: 3}},");
        String younger = route("younger", "2026-01-02T00:00:00Z", "health: {outlier: {consecutiveFailures: 4}},");
        apply(olderFirst ? older : younger);
        apply(olderFirst ? younger : older);
        apply(route("silent", "2025-01-02T00:00:00Z", ""));
        assertThat(upstream().getOutlier().getConsecutiveFailures()).isEqualTo(3);
        assertThat(taken("older")).isEmpty();
        assertThat(taken("silent")).isEmpty();
        assertThat(taken("younger")).singleElement().satisfies(finding -> {
            assertThat(finding.field()).isEqualTo("spec.rules[0].health.outlier");
            assertThat(finding.message()).contains("shop/older");
        });
        world.apply(List.of(new Change.Delete(new ObjectKey(Kind.PROXY_ROUTE, "shop", "older"))));
        assertThat(upstream().getOutlier().getConsecutiveFailures()).isEqualTo(4);
        assertThat(taken("younger")).isEmpty();
    }

    @Test
    void whoeverSaysTheSameIsToldNothing() {
        service();
        String same = "health: {outlier: {}},";
        apply(route("a", "2026-01-01T00:00:00Z", same), route("b", "2026-01-02T00:00:00Z", same));
        assertThat(taken("a")).isEmpty();
        assertThat(taken("b")).isEmpty();
    }
}

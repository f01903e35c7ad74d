package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an Ingress says about backends that fail comes to the same as what a ProxyRoute's rule does. */
class ResilienceAnnotationsTest {
    private OneHost host = new OneHost();

    private void serve(String... objects) {
        host = new OneHost("api").apply(objects);
    }

    private static String annotation(String name, String value) {
        return OneHost.ingress("web", 2026, "gatehouse.dev/" + name + ": \"" + value + "\"", "api");
    }

    private static String route(int year, String field) {
        return OneHost.proxyRoute(year, field + "\nbackends: [{service: api, port: 80}]");
    }

    private List<Finding> findings() {
        return host.findings("web");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timeouts | connect=1s; firstByte=1500ms; request=1m; idle=10s | timeouts: {connect: 1s, firstByte: 1500ms, request: 1m, idle: 10s}",
                "retries | attempts=3; on=connect-failure, 503; perTryTimeout=2s; budget=30% | retries: {attempts: 3, on: [connect-failure, '503'], perTryTimeout: 2s, budget: 30%}",
                "retries | attempts=0 | retries: {attempts: 0}",
                "health-check | /healthz?full=1 | health: {active: {path: '/healthz?full=1'}}",
                "health-check | http | health: {active: {}}",
                "health-check | http /ready; interval=3s; timeout=1s | health: {active: {path: /ready, interval: 3s, timeout: 1s}}",
                "health-check | /a; host=b.com; expectedStatuses=200, 300-399; port=9000; healthyThreshold=1; unhealthyThreshold=9 | health: {active: {path: /a, host: b.com, expectedStatuses: ['200', 300-399], port: 9000, healthyThreshold: 1, unhealthyThreshold: 9}}",
                "health-check | tcp; interval=1s | health: {active: {type: tcp, interval: 1s}}",
                "health-check | grpc | health: {active: {type: grpc}}",
                "health-check | grpc shop.Cart; port=9000 | health: {active: {type: grpc, service: shop.Cart, port: 9000}}",
                "outlier-ejection | true | health: {outlier: {}}",
                "outlier-ejection | consecutiveFailures=3; ejectFor=10s; maxEjectedPercent=20 | health: {outlier: {consecutiveFailures: 3, ejectFor: 10s, maxEjectedPercent: 20}}",
                "circuit-breaker | maxConnections=10; maxPendingRequests=5; maxRequests=20 | circuitBreaker: {maxConnections: 10, maxPendingRequests: 5, maxRequests: 20}",
                "circuit-breaker | maxRequests=20 | circuitBreaker: {maxRequests: 20}",
            })
    void anAnnotationComesToTheSameAsItsField(String name, String value, String field) throws Exception {
        serve(annotation(name, value));
        assertThat(findings()).noneMatch(finding -> finding.reason().equals("InvalidAnnotation"));
        Rule byAnnotation = host.rule();
        Upstream upstreamByAnnotation = host.upstream("api");
        serve(route(2026, field));
        Rule byField = host.rule();
        assertThat(upstreamByAnnotation).isEqualTo(host.upstream("api"));
        assertThat(byAnnotation.getTimeouts()).isEqualTo(byField.getTimeouts());
        assertThat(byAnnotation.getRequestTimeoutMs()).isEqualTo(byField.getRequestTimeoutMs());
        assertThat(byAnnotation.getRetries()).isEqualTo(byField.getRetries());
        assertThat(byAnnotation.getRequiredFeaturesList()).isNotEmpty().isEqualTo(byField.getRequiredFeaturesList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timeouts | 15s | write for example connect=1s",
                "timeouts | connect=soon | connect is 'soon'; write a time",
                "timeouts | request=0s | request is '0s'; write a time",
                "retries | attempts=11 | attempts is 11; write a number from 0 to 10",
                "retries | attempts=many | attempts is 'many'; write a number",
                "retries | on=503, oops | on[1] is 'oops'; write connect-failure",
                "retries | atempts=3 | has 'atempts=3'; write for example attempts=3",
                "retries | attempts=3; attempts=4 | has 'attempts=4'",
                "health-check | healthz | asks 'healthz'; write for example /healthz",
                "health-check | interval=5s | asks ''; write for example /healthz",
                "health-check | tcp /a | asks 'tcp /a'",
                "health-check | tcp; host=a.com | host is of http checks",
                "health-check | /a; expectedStatuses=200, 999 | expectedStatuses[1] is '999'",
                "health-check | /a; port=http | port is 'http'; write a number",
                "health-check | /a; interval=1ms | interval is '1ms'; write 100ms or more",
                "outlier-ejection | yes | is 'yes'; write true",
                "outlier-ejection | consecutiveFailures=0 | consecutiveFailures is 0",
                "circuit-breaker | maxRequests=0 | maxRequests is 0; write 1 or more",
                "circuit-breaker | maxRequests | has 'maxRequests'; write for example maxConnections=100",
            })
    void aBadValueIsAnErrorThatNamesTheAnnotation(String name, String value, String message) throws Exception {
        serve(annotation(name, value));
        assertThat(findings())
                .filteredOn(finding -> finding.reason().equals("InvalidAnnotation"))
                .first()
                .satisfies(finding -> {
                    assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/" + name + "']");
                    assertThat(finding.message()).contains(message);
                });
        assertThat(host.rule().getBackends(0).getUpstream()).isNotEmpty(); // requests are served all the same
    }

    @Test
    void whoIsYoungerIsToldWhoDecidesAndWhere() throws Exception {
        serve(
                annotation("health-check", "/ready"),
                route(2025, "health: {active: {path: /healthz}}").replace("a.example.com", "b.example.com"));
        assertThat(host.upstream("api").getHealthCheck().getHttp().getPath()).isEqualTo("/healthz");
        assertThat(findings())
                .filteredOn(finding -> finding.reason().equals("UpstreamPolicyTaken"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.field()).isEqualTo("metadata.annotations['gatehouse.dev/health-check']");
                    assertThat(finding.message()).contains("spec.rules[0].health.active of ProxyRoute shop/web");
                });
    }
}

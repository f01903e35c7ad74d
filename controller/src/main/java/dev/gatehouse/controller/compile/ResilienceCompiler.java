package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.CircuitBreakerModel;
import dev.gatehouse.controller.model.FilterModel;
import dev.gatehouse.controller.model.HealthCheckModel;
import dev.gatehouse.controller.model.HealthCheckModel.Ask;
import dev.gatehouse.controller.model.OutlierModel;
import dev.gatehouse.controller.model.Resilience;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.StatusRange;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.List;
import java.util.Set;

/** Makes the wire form of what a rule says about backends that fail. Stateless. */
final class ResilienceCompiler {

    private ResilienceCompiler() {}

    /** @param features takes what a node must know */
    static void compile(Resilience rule, Rule.Builder out, Set<String> features) {
        if (!rule.timeouts().isNone()) {
            features.add(Features.RULE_TIMEOUTS);
            out.setTimeouts(Timeouts.newBuilder()
                    .setConnectMs(rule.timeouts().connectMs())
                    .setFirstByteMs(rule.timeouts().firstByteMs())
                    .setIdleMs(rule.timeouts().idleMs()));
        }
        if (rule.endpoints().outlier().isPresent()) {
            features.add(Features.UPSTREAM_OUTLIER);
        }
        if (rule.endpoints().active().isPresent()) {
            features.add(Features.UPSTREAM_HEALTH_CHECK);
        }
        if (rule.endpoints().circuitBreaker().isPresent()) {
            features.add(Features.UPSTREAM_CIRCUIT_BREAKER);
        }
        rule.retries().ifPresent(retries -> {
            features.add(Features.RULE_RETRIES);
            out.setRetries(retries(retries));
        });
    }

    /** The wire form of when endpoints of an upstream are ejected. */
    static Upstream.Outlier outlier(OutlierModel outlier) {
        return Upstream.Outlier.newBuilder()
                .setConsecutiveFailures(outlier.consecutiveFailures())
                .setEjectForMs(outlier.ejectForMs())
                .setMaxEjectedPercent(outlier.maxEjectedPercent())
                .build();
    }

    /** The wire form of how endpoints of an upstream are checked. */
    static Upstream.HealthCheck healthCheck(HealthCheckModel check) {
        Upstream.HealthCheck.Builder out = Upstream.HealthCheck.newBuilder()
                .setPort(check.port())
                .setIntervalMs(check.intervalMs())
                .setTimeoutMs(check.timeoutMs())
                .setHealthyThreshold(check.healthyThreshold())
                .setUnhealthyThreshold(check.unhealthyThreshold());
        switch (check.ask()) {
            case Ask.Http(String path, String host, List<FilterModel.StatusRange> statuses) -> {
                Upstream.HealthCheck.Http.Builder http =
                        Upstream.HealthCheck.Http.newBuilder().setPath(path).setHost(host);
                statuses.forEach(range -> http.addStatuses(
                        StatusRange.newBuilder().setFrom(range.from()).setTo(range.to())));
                out.setHttp(http);
            }
            case Ask.Tcp() -> out.setTcp(Upstream.HealthCheck.Tcp.getDefaultInstance());
            case Ask.Grpc(String service) ->
                out.setGrpc(Upstream.HealthCheck.Grpc.newBuilder().setService(service));
        }
        return out.build();
    }

    /** The wire form of what endpoints of an upstream may have. */
    static Upstream.CircuitBreaker circuitBreaker(CircuitBreakerModel breaker) {
        return Upstream.CircuitBreaker.newBuilder()
                .setMaxConnections(breaker.maxConnections())
                .setMaxPendingRequests(breaker.maxPendingRequests())
                .setMaxRequests(breaker.maxRequests())
                .build();
    }

    private static Retries retries(Resilience.Retries retries) {
        Retries.Builder out = Retries.newBuilder()
                .setAttempts(retries.attempts())
                .addAllStatuses(retries.statuses())
                .setPerTryTimeoutMs(retries.perTryTimeoutMs())
                .setBudgetPercent(retries.budgetPercent());
        for (Resilience.Condition condition : retries.on()) {
            out.addOn(
                    switch (condition) {
                        case CONNECT_FAILURE -> Retries.Condition.CONNECT_FAILURE;
                        case REFUSED_STREAM -> Retries.Condition.REFUSED_STREAM;
                        case RESET -> Retries.Condition.RESET;
                        case TIMEOUT -> Retries.Condition.TIMEOUT;
                        case SERVER_ERROR -> Retries.Condition.SERVER_ERROR;
                    });
        }
        return out.build();
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.OutlierModel;
import dev.gatehouse.controller.model.Resilience;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.snapshot.proto.Upstream;
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
        if (rule.outlier().isPresent()) {
            features.add(Features.UPSTREAM_OUTLIER);
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

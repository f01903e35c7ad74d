package dev.gatehouse.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.resilience.HealthCheck;
import org.junit.jupiter.api.Test;

/** When checks make a verdict. */
class HealthTest {
    private static final HealthCheck CHECK = new HealthCheck(new HealthCheck.Ask.Tcp(), 0, 1_000, 1_000, 2, 3);

    private final Health health = new Health();

    private boolean fails() {
        return health.observe("status-503", CHECK);
    }

    private boolean passes() {
        return health.observe("", CHECK);
    }

    @Test
    void theFirstCheckDecidesAlone() {
        assertThat(health.verdict()).isEqualTo(Health.Verdict.UNCHECKED);
        assertThat(fails()).isTrue();
        assertThat(health.verdict()).isEqualTo(Health.Verdict.UNHEALTHY);
        health.forget();
        assertThat(passes()).isTrue();
        assertThat(health.verdict()).isEqualTo(Health.Verdict.HEALTHY);
    }

    @Test
    void afterThatItTakesSoManyInARow() {
        passes();
        assertThat(fails()).isFalse();
        assertThat(fails()).isFalse();
        assertThat(passes()).isFalse();
        assertThat(fails()).isFalse();
        assertThat(fails()).isFalse();
        assertThat(health.verdict()).isEqualTo(Health.Verdict.HEALTHY);
        assertThat(fails()).isTrue();
        assertThat(health.verdict()).isEqualTo(Health.Verdict.UNHEALTHY);
        assertThat(passes()).isFalse();
        assertThat(fails()).isFalse();
        assertThat(passes()).isFalse();
        assertThat(passes()).isTrue();
        assertThat(health.verdict()).isEqualTo(Health.Verdict.HEALTHY);
        assertThat(health.failure()).isEmpty();
    }
}

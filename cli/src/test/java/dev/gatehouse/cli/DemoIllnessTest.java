package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoIllnessTest {

    @Test
    void aBackendWithoutAnnotationsIsWell() {
        assertThat(DemoIllness.of(Map.of())).isEqualTo(DemoIllness.NONE);
        assertThat(DemoIllness.NONE.error("/")).isEmpty();
        assertThat(DemoIllness.NONE.error("/healthz")).isEmpty();
    }

    @Test
    void whatIsWrongWithItStandsInItsAnnotations() {
        DemoIllness ill = DemoIllness.of(Map.of(
                "gatehouse.dev/demo-failures", "100%",
                "gatehouse.dev/demo-health", "302",
                "gatehouse.dev/demo-delay", "1s500ms",
                "gatehouse.dev/demo-pause", "2s"));
        assertThat(ill.error("/")).hasValue(500);
        assertThat(ill.error("/healthz")).hasValue(302);
        assertThat(ill.delay()).isEqualTo(Duration.ofMillis(1500));
        assertThat(ill.pause()).isEqualTo(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @CsvSource({"demo-failures, half, 50%", "demo-health, ill, 503", "demo-delay, long, 2s", "demo-pause, 2, 2s"})
    void aValueThatCannotBeReadIsNamedWithOneThatCan(String name, String value, String example) {
        assertThatThrownBy(() -> DemoIllness.of(Map.of("gatehouse.dev/" + name, value)))
                .isInstanceOf(SettingException.class)
                .hasMessageContaining("gatehouse.dev/" + name + " is '" + value + "'")
                .hasMessageEndingWith(example);
    }
}

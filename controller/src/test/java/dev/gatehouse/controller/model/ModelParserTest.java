package dev.gatehouse.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelParserTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
        "2024-02-29T23:59:59Z, 2024-02-29T23:59:59Z",
        "2026-01-02T03:04:05.678Z, 2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:05+02:00, 2026-01-02T01:04:05Z",
        "2026-02-30T03:04:05Z, 1970-01-01T00:00:00Z",
        "twenty letters of itZ, 1970-01-01T00:00:00Z",
        "yesterday, 1970-01-01T00:00:00Z",
        ", 1970-01-01T00:00:00Z",
    })
    void theAgeOfAnObjectIsReadAsTheApiServerWritesItAndAsPeopleDo(String timestamp, Instant created) {
        ResourceModel model = ModelParser.parse(new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web")
                .withCreationTimestamp(timestamp)
                .endMetadata()
                .build());
        assertThat(model.meta().created()).isEqualTo(created);
    }
}

package dev.gatehouse.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** When what waits has waited for long enough. */
class WaitingTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final ObjectKey OBJECT = new ObjectKey(Kind.PROXY_ROUTE, "shop", "web");

    private static long seconds(int seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void aChangeIsAgreedToWhenItStillStandsAfterTheHoldTime() {
        Waiting waiting = new Waiting(Duration.ofSeconds(60), Optional.empty());
        assertThat(waiting.anything()).isFalse();
        assertThat(waiting.look(Map.of(FLEET, List.of("a")), Set.of(), seconds(0)))
                .containsExactly(FLEET);
        assertThat(waiting.look(Map.of(FLEET, List.of("a")), Set.of(), seconds(59)))
                .isEmpty();
        assertThat(waiting.agreed(seconds(59))).isEmpty();
        assertThat(waiting.agreed(seconds(60))).containsExactly(FLEET);
        // Another change is another first look.
        assertThat(waiting.look(Map.of(FLEET, List.of("a", "b")), Set.of(), seconds(61)))
                .containsExactly(FLEET);
        assertThat(waiting.agreed(seconds(61))).isEmpty();
        assertThat(waiting.look(Map.of(FLEET, List.of()), Set.of(), seconds(62)))
                .containsExactly(FLEET);
        assertThat(waiting.anything()).isFalse();
    }

    @Test
    void aLastGoodVersionIsKeptForAsLongAsItIsSaid() {
        Waiting forEver = new Waiting(Duration.ZERO, Optional.empty());
        forEver.look(Map.of(), Set.of(OBJECT), seconds(0));
        assertThat(forEver.anything()).isFalse();
        assertThat(forEver.expired(Long.MAX_VALUE)).isEmpty();

        Waiting waiting = new Waiting(Duration.ZERO, Optional.of(Duration.ofSeconds(10)));
        waiting.look(Map.of(), Set.of(OBJECT), seconds(0));
        waiting.look(Map.of(), Set.of(OBJECT), seconds(9));
        assertThat(waiting.expired(seconds(9))).isEmpty();
        assertThat(waiting.expired(seconds(10))).containsExactly(OBJECT);
        waiting.look(Map.of(), Set.of(), seconds(11)); // repaired
        assertThat(waiting.anything()).isFalse();
    }
}

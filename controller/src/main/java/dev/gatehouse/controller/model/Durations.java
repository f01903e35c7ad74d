package dev.gatehouse.controller.model;

import dev.gatehouse.crds.DurationText;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads durations of the API into milliseconds as the snapshot has them. */
final class Durations {

    private Durations() {}

    /** Milliseconds, from 1 to 2^31 - 1; 0, the default, if it cannot be read, and a finding says so. */
    static int millis(String text, String field, Consumer<Finding> findings) {
        Optional<Duration> duration = DurationText.parse(text);
        boolean fits = duration.isPresent()
                && duration.get().isPositive()
                && duration.get().compareTo(Duration.ofMillis(Integer.MAX_VALUE)) <= 0;
        if (!fits) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    field,
                    "is '" + HostNames.shown(text) + "'; write a time from 1ms to 24 days such as 15s or 500ms."
                            + " Until then the default holds"));
            return 0;
        }
        return Math.toIntExact(duration.get().toMillis());
    }
}

package dev.gatehouse.crds;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as the API writes them: {@code 15s}, {@code 500ms}, {@code 1h30m}; the Gateway API's form (GEP-2257).
 */
public final class DurationText {

    static final String CEL = "self.matches('^([0-9]{1,5}(h|m|s|ms)){1,4}$')";
    static final String CEL_MESSAGE = "a duration is a number with h, m, s or ms: write 15s, 500ms or 1h30m";

    private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|m|s|ms)){1,4}");
    private static final Pattern PART = Pattern.compile("([0-9]+)(ms|h|m|s)");

    private DurationText() {}

    /** The duration that {@code text} writes; empty unless it has the form. */
    public static Optional<Duration> parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            return Optional.empty();
        }
        Duration sum = Duration.ZERO;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            long number = Long.parseLong(part.group(1));
            sum = sum.plus(
                    switch (part.group(2)) {
                        case "h" -> Duration.ofHours(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "s" -> Duration.ofSeconds(number);
                        default -> Duration.ofMillis(number);
                    });
        }
        return Optional.of(sum);
    }
}

package dev.gatehouse.cli;

import dev.gatehouse.crds.DurationText;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What is wrong with a demo backend, so that an example can show what is done about it.
 *
 * @param failing of a hundred requests answer 500, by chance: {@code gatehouse.dev/demo-failures: 50%}
 * @param health what requests to /healthz are answered with: {@code gatehouse.dev/demo-health: "503"}; they neither fail by chance
 *     nor wait
 * @param delay how long an answer takes to begin: {@code gatehouse.dev/demo-delay: 2s}
 * @param pause how long it rests in its middle: {@code gatehouse.dev/demo-pause: 2s}
 */
record DemoIllness(int failing, int health, Duration delay, Duration pause) {

    static final String FAILURES = "gatehouse.dev/demo-failures";
    static final String HEALTH = "gatehouse.dev/demo-health";
    static final String DELAY = "gatehouse.dev/demo-delay";
    static final String PAUSE = "gatehouse.dev/demo-pause";

    static final DemoIllness NONE = new DemoIllness(0, 200, Duration.ZERO, Duration.ZERO);
    private static final String CHECKED = "/healthz";

    /** @throws SettingException if an annotation cannot be read */
    static DemoIllness of(Map<String, String> annotations) {
        return new DemoIllness(
                number(annotations, FAILURES, "(100|[0-9]{1,2})%", "a share such as 50%", 0),
                number(annotations, HEALTH, "[2-5][0-9]{2}", "a status such as 503", 200),
                duration(annotations, DELAY),
                duration(annotations, PAUSE));
    }

    private static Duration duration(Map<String, String> annotations, String name) {
        String value = annotations.getOrDefault(name, "0s");
        return DurationText.parse(value).orElseThrow(() -> unreadable(name, value, "a time such as 2s"));
    }

    private static int number(
            Map<String, String> annotations, String name, String pattern, String example, int otherwise) {
        String value = annotations.get(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches(pattern)) {
            throw unreadable(name, value, example);
        }
        return Integer.parseInt(value.replace("%", ""));
    }

    private static SettingException unreadable(String name, String value, String example) {
        return new SettingException("the annotation " + name + " is '" + value + "'; write " + example);
    }

    /** The status in the place of 200, if the request is to get one. */
    OptionalInt error(String path) {
        if (path.equals(CHECKED)) {
            return health == 200 ? OptionalInt.empty() : OptionalInt.of(health);
        }
        return ThreadLocalRandom.current().nextInt(100) < failing ? OptionalInt.of(500) : OptionalInt.empty();
    }

    /** Waits as long as an answer to the request takes to begin. */
    void delay(String path) throws InterruptedException {
        if (!path.equals(CHECKED)) {
            Thread.sleep(delay);
        }
    }

    /** Waits as long as an answer rests in its middle. */
    void pause(String path) throws InterruptedException {
        if (!path.equals(CHECKED)) {
            Thread.sleep(pause);
        }
    }
}

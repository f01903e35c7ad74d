package dev.gatehouse.cli;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What is wrong with a demo backend, so that an example can show what is done about it.
 *
 * @param failing of a hundred requests answer 500, by chance: {@code gatehouse.dev/demo-failures: 50%}
 * @param health what requests to /healthz are answered with: {@code gatehouse.dev/demo-health: "503"}; they never fail by chance
 */
record DemoIllness(int failing, int health) {

    static final String FAILURES = "gatehouse.dev/demo-failures";
    static final String HEALTH = "gatehouse.dev/demo-health";

    /** @throws SettingException if an annotation cannot be read */
    static DemoIllness of(Map<String, String> annotations) {
        return new DemoIllness(
                number(annotations, FAILURES, "(100|[0-9]{1,2})%", "a share such as 50%", 0),
                number(annotations, HEALTH, "[2-5][0-9]{2}", "a status such as 503", 200));
    }

    private static int number(
            Map<String, String> annotations, String name, String pattern, String example, int otherwise) {
        String value = annotations.get(name);
        if (value == null) {
            return otherwise;
        }
        if (!value.matches(pattern)) {
            throw new SettingException("the annotation " + name + " is '" + value + "'; write " + example);
        }
        return Integer.parseInt(value.replace("%", ""));
    }

    /** The status of an error, if the request is to get one. */
    OptionalInt error(String path) {
        if (path.equals("/healthz")) {
            return health < 400 ? OptionalInt.empty() : OptionalInt.of(health);
        }
        return ThreadLocalRandom.current().nextInt(100) < failing ? OptionalInt.of(500) : OptionalInt.empty();
    }
}

package dev.gatehouse.cli;

import java.util.Locale;
import java.util.Optional;

/** How options are named in the environment: {@code --http-port} is {@code GATEHOUSE_HTTP_PORT}. */
final class EnvironmentNames {

    private static final String PREFIX = "GATEHOUSE_";

    private EnvironmentNames() {}

    static String variable(String option) {
        return PREFIX + option.substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
    }

    /** Empty for variables of somebody else. */
    static Optional<String> option(String variable) {
        return variable.startsWith(PREFIX)
                ? Optional.of("--"
                        + variable.substring(PREFIX.length())
                                .toLowerCase(Locale.ROOT)
                                .replace('_', '-'))
                : Optional.empty();
    }
}

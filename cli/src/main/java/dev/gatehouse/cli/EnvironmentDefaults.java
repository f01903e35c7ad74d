package dev.gatehouse.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Lets every option be set by an environment variable, as {@link EnvironmentNames} names it. */
final class EnvironmentDefaults implements IDefaultValueProvider {

    static final String FOOTER =
            "%nEvery option can also be an environment variable: --http-port is GATEHOUSE_HTTP_PORT.";

    private final Map<String, String> environment;

    EnvironmentDefaults(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The variable's value, or null for the default that the option itself names. */
    @Override
    public @Nullable String defaultValue(ArgSpec arg) {
        return arg instanceof OptionSpec option
                ? environment.get(EnvironmentNames.variable(option.longestName()))
                : null;
    }
}

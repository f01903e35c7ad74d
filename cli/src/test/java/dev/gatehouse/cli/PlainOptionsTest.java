package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** A data plane's command line read without picocli means what it means to picocli, or is left to picocli. */
class PlainOptionsTest {

    @TempDir
    Path folder;

    private String files;

    @BeforeEach
    void files() throws Exception {
        Files.writeString(folder.resolve("token"), "t");
        Files.writeString(folder.resolve("ca.crt"), "c");
        files = " --token-file " + folder.resolve("token") + " --ca-file=" + folder.resolve("ca.crt");
    }

    private static Object byPicocli(List<String> arguments, Map<String, String> environment) {
        DataPlaneCommand command = new DataPlaneCommand();
        new CommandLine(command)
                .setDefaultValueProvider(new EnvironmentDefaults(environment))
                .parseArgs(arguments.toArray(String[]::new));
        return command.config();
    }

    private List<String> words(String line) {
        return List.of((line + files).trim().split(" "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--controller a.svc:9443",
                "--controller=a.svc:9443 --fleet x/y --node n --zone=z-1",
                "--controller [::1]:9443 --http-port 0 --https-port=443 --admin-port 1 --event-loops=3 --bind-address ::",
                "--controller a:1 --drain-delay PT1S --drain-timeout=PT2M --keep-dir /k --keep-patience PT0.5S --zone=",
                "--controller a:1 --node a=b"
            })
    void meansTheSame(String line) {
        Map<String, String> environment =
                Map.of("GATEHOUSE_ADMIN_PORT", "7", "GATEHOUSE_ZONE", "of-env", "HTTP_PORT", "1");
        for (Map<String, String> each : List.of(Map.<String, String>of(), environment)) {
            assertThat(DataPlaneCommand.plain(words(line), each).orElseThrow().config())
                    .isEqualTo(byPicocli(words(line), each));
        }
    }

    @Test
    void theEnvironmentAloneIsEnough() {
        Map<String, String> environment = Map.of(
                "GATEHOUSE_CONTROLLER",
                "a:1",
                "GATEHOUSE_CONTROLLER_PORT",
                "tcp://10.0.0.1:9443",
                "GATEHOUSE_HTTP_PORT",
                "80");
        assertThat(DataPlaneCommand.plain(words(""), environment).orElseThrow().config())
                .isEqualTo(byPicocli(words(""), environment));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--help",
                "--controller a:1 -V",
                "--controller",
                "--controller --node n",
                "--controller a:1 --http-prot 1",
                "--controller a:1 --http-port x",
                "--controller a:1 --drain-delay 5s",
                "--controller a:1 --controller b:1",
                "--controller a:1 more",
                "@options",
                "--controller a:1 --node @options"
            })
    void whateverElseIsPicoclis(String line) {
        assertThat(DataPlaneCommand.plain(words(line), Map.of())).isEmpty();
        assertThat(DataPlaneCommand.plain(words("--controller a:1"), Map.of("GATEHOUSE_HTTP_PORT", "x")))
                .isEmpty();
    }

    static Stream<String> options() {
        return new CommandLine(new DataPlaneCommand())
                .getCommandSpec().options().stream()
                        .filter(option -> option.arity().max() > 0)
                        .map(OptionSpec::longestName);
    }

    /** None is forgotten when one comes. */
    @ParameterizedTest
    @MethodSource("options")
    void everyOptionIsKnown(String option) {
        String value = option.equals("--controller")
                ? "a:1"
                : option.contains("-file") ? folder.resolve("token").toString() : "";
        for (String one : value.isEmpty() ? List.of("5", "PT5S") : List.of(value)) {
            List<String> line = List.of("--controller=a:1", option, one);
            if (DataPlaneCommand.plain(option.equals("--controller") ? line.subList(1, 3) : line, Map.of())
                    .isPresent()) {
                return;
            }
        }
        throw new AssertionError(option + " is left to picocli");
    }
}

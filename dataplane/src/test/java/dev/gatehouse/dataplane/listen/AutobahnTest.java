package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import me.normanmaurer.maven.autobahntestsuite.AutobahnTestSuite;
import org.junit.jupiter.api.Test;
import org.python.util.PythonInterpreter;

/**
 * The Autobahn test suite's cases, of a client that does everything that RFC 6455 allows and much that it does not, spoken
 * through Gatehouse to a strict backend: what a proxy changes, holds back or makes up fails its case.
 * Compression and the largest messages are left out: Jython cannot do the one, and is too slow for the other.
 */
final class AutobahnTest {
    private static final String FRAMES = "1.*,2.*,3.*,4.*,5.*,6.*,7.*,9.1.1,9.1.2,9.1.3,9.2.1,9.2.2,9.2.3,10.*";
    private static final int FRAMES_CASES = 253;
    private static final long MINUTES = 60;
    private static final int ROUNDS = 3;
    private static final Pattern PASSED = Pattern.compile("(OK|NON-STRICT|INFORMATIONAL), close (OK|INFORMATIONAL)");

    private static final String SCRIPT = """
            import sys
            from autobahntestsuite import wstest
            url, outdir, cases = sys.argv[1:4]
            wstest.start({'mode': 'fuzzingclient'}, {
                'options': {'failByDrop': False, 'openHandshakeTimeout': 60, 'closeHandshakeTimeout': 60,
              'serverConnectionDropTimeout': 60}, 'outdir': outdir, 'servers': [{'agent': 'gatehouse', 'url': url}],
                'cases': cases.split(','), 'exclude-cases': [], 'exclude-agent-cases': {}})
            """;

    private static String jar(Class<?> of) {
        try {
            return Path.of(of.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyCaseOfFramingPassesAsItWouldWithoutAProxy() throws IOException, InterruptedException {
        assertThat(passed("frames", FRAMES)).isEqualTo(FRAMES_CASES);
    }

    /**
     * How many cases there were; every one has passed. Many give half a second to what they wait for, which a machine may stand
     * still for: those that fail are spoken again, and what a proxy does to octets it does every time.
     */
    private static int passed(String name, String cases) throws IOException, InterruptedException {
        try (WebSocketEcho backend = new WebSocketEcho();
                ProxyFixture proxy = new ProxyFixture().routeTo(backend.address())) {
            Path folder = Path.of("target", "autobahn", name).toAbsolutePath();
            Map<String, String> verdicts = verdicts(folder, proxy.port(), cases);
            Map<String, String> failed = failures(verdicts);
            for (int again = 1; again <= ROUNDS && !failed.isEmpty(); again++) {
                failed = failures(
                        verdicts(folder.resolve("again-" + again), proxy.port(), String.join(",", failed.keySet())));
            }
            assertThat(failed).as("see %s", folder).isEmpty();
            return verdicts.size();
        }
    }

    private static Map<String, String> failures(Map<String, String> verdicts) {
        Map<String, String> failed = new TreeMap<>(verdicts);
        failed.values().removeIf(PASSED.asMatchPredicate());
        System.out.println("Autobahn: " + verdicts.size() + " cases, failed: " + failed);
        return failed;
    }

    /** What is said of each case. */
    private static Map<String, String> verdicts(Path folder, int port, String cases)
            throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path script = Files.writeString(folder.resolve("run.py"), SCRIPT);
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.io=ALL-UNNAMED",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                        "-Dpython.cachedir=" + folder.resolve("cache"),
                        "-cp",
                        jar(PythonInterpreter.class) + ":" + jar(AutobahnTestSuite.class),
                        "org.python.util.jython",
                        script.toString(),
                        "ws://127.0.0.1:" + port + "/",
                        folder.resolve("report").toString(),
                        cases))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES))
                    .as("ends in time; see %s", log)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }

        Map<String, String> verdicts = new TreeMap<>();
        JsonObject results =
                new JsonObject(Files.readString(folder.resolve("report/index.json"))).getJsonObject("gatehouse");
        for (String id : results.fieldNames()) {
            JsonObject result = results.getJsonObject(id);
            verdicts.put(id, result.getString("behavior") + ", close " + result.getString("behaviorClose"));
        }
        return verdicts;
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;

/** Every case of h2spec 2.2.0 (RFC 7540 and 7541) from the outside, over clear text and over TLS, ten times each. */
final class H2specTest {
    private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
    private static final int TIMES = 10;

    private static Path program = Path.of("");
    private static RecordingBackend backend = RecordingBackend.ok("hello");
    private static ProxyFixture proxy = new ProxyFixture(List.of(
                    new ListenerBind("http", "127.0.0.1", 0, false), new ListenerBind("https", "127.0.0.1", 0, true)))
            .routeTo(backend.address())
            .listener(settings -> settings.setHttp2Cleartext(true));

    @BeforeAll
    static void unpack() throws IOException, InterruptedException {
        String platform = System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "");
        boolean runs = platform.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)");
        if (!runs) {
            System.err.println("NOT RUN: H2specTest. The h2spec program in the build is for Linux on x86_64, this is "
                    + platform + ". HTTP/2 conformance is NOT shown by this build.");
        }
        assumeTrue(runs, "the h2spec program in the build is for Linux on x86_64, this is " + platform);
        Path folder = Files.createDirectories(Path.of("target", "h2spec").toAbsolutePath());
        Path archive = folder.resolve("h2spec.tar.gz");
        try (InputStream in =
                Objects.requireNonNull(H2specTest.class.getResourceAsStream(ARCHIVE), "no h2spec in the class path")) {
            Files.copy(in, archive, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(run("tar", "-xzf", archive.toString(), "-C", folder.toString()))
                .isEmpty();
        try (Stream<Path> files = Files.walk(folder)) {
            program = files.filter(file -> file.getFileName().toString().equals("h2spec") && Files.isRegularFile(file))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("h2spec", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(300, TimeUnit.SECONDS);
            return (ended ? "" : "did not end within 300 seconds: ") + Files.readString(output);
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    @RepeatedTest(TIMES)
    void allCasesPassInClearText() throws IOException, InterruptedException {
        String port = Integer.toString(proxy.port("http"));

        assertThat(run(program.toString(), "-h", "127.0.0.1", "-p", port, "-o", "30"))
                .contains("145 tests, 145 passed, 0 skipped, 0 failed");
    }

    @RepeatedTest(TIMES)
    void allCasesPassOverTls() throws IOException, InterruptedException {
        String port = Integer.toString(proxy.port("https"));

        assertThat(run(program.toString(), "-h", "127.0.0.1", "-p", port, "-o", "30", "-t", "-k"))
                .contains("145 tests, 145 passed, 0 skipped, 0 failed");
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What testssl.sh has to say about the defaults: nothing that matters. It is installed where this runs as root on Debian. */
class TestsslTest {
    private static final String HOST = "testssl.example.com";
    private static final Pattern FINDING = Pattern.compile(
            "\\{\\s*\"id\"\\s*:\\s*\"(?<id>[^\"]*)\".*?\"severity\"\\s*:\\s*\"(?<severity>[^\"]*)\",.*?\"finding\"\\s*:\\s*\"(?<finding>.*?)\"\\s*}",
            Pattern.DOTALL);
    private static final Set<String> BAD = Set.of("MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL");

    /** A check that could not be made, for example since its client was not patient enough. */
    private static final String NOT_CHECKED = "WARN";

    private static final int RUNS = 3;

    /** Of the openssl that testssl.sh runs with, not of the server. */
    private static final String ENGINE_OF_THE_CLIENT = "engine_problem";

    @TempDir
    private Path folder = Path.of("");

    private record Finding(String id, String severity, String text) {
        boolean isNotChecked() {
            return severity.equals(NOT_CHECKED);
        }
    }

    @BeforeAll
    static void install() {
        if (!CommandLine.isInstalled("testssl")
                && CommandLine.isInstalled("apt-get")
                && "root".equals(System.getProperty("user.name"))) {
            CommandLine.run(List.of("apt-get", "-qq", "update"), "");
            CommandLine.run(
                    List.of("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "install", "testssl.sh"),
                    "");
        }
        assumeTrue(CommandLine.isInstalled("testssl"), "testssl.sh is not installed and cannot be");
    }

    @ParameterizedTest
    @EnumSource(
            value = SslProvider.class,
            names = {"OPENSSL", "JDK"})
    void theDefaultsHaveNoWeaknessThatMatters(SslProvider provider) throws IOException {
        TestCertificate authority = TestCertificate.authority("testssl");
        Instant now = Instant.now();
        CertificateBuilder certificate = CertificateBuilder.of(HOST)
                .issuer(authority)
                .responder("http://ocsp.example.com") // an authority's own, which nobody asks here
                .valid(now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(89)));
        Path ca = Files.writeString(folder.resolve("ca.pem"), authority.certificatePem());
        try (RecordingBackend backend = RecordingBackend.ok("hello");
                ProxyFixture proxy = new ProxyFixture(
                        List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider)) {
            proxy.certificate("ecdsa", certificate.build())
                    .certificate("rsa", certificate.rsa(2048).build())
                    .routeTo(backend.address())
                    .host(
                            HOST,
                            host -> host.addCertificates("certificate/test/ecdsa")
                                    .addCertificates("certificate/test/rsa"));
            List<Finding> bad = bad(ca, proxy.port("https"));
            // What was not checked is checked again; what was found is found every time.
            for (int run = 1; run < RUNS && !bad.isEmpty() && bad.stream().allMatch(Finding::isNotChecked); run++) {
                bad = bad(ca, proxy.port("https"));
            }
            assertThat(bad).isEmpty();
        }
    }

    /** What testssl.sh finds that matters. */
    private List<Finding> bad(Path ca, int port) throws IOException {
        Path results = folder.resolve("results.json");
        Files.deleteIfExists(results);
        String said = CommandLine.run(
                List.of(
                        "testssl",
                        "--nodns=none",
                        "--ip=127.0.0.1",
                        "--warnings=batch",
                        "--color=0",
                        "--quiet",
                        "--add-ca=" + ca,
                        "--jsonfile=" + results,
                        "-p", // protocols
                        "-s", // categories of ciphers
                        "-f", // forward secrecy
                        "-P", // preferences
                        "-S", // certificates and other defaults
                        "-U", // every vulnerability
                        "-g", // intolerance of sizes and unknown values
                        HOST + ":" + port),
                "",
                folder);
        List<Finding> findings = findings(Files.readString(results));
        assertThat(findings)
                .as(said)
                .extracting(Finding::id)
                .contains("TLS1_3", "cipherlist_NULL", "PFS", "heartbleed", "ROBOT", "BEAST", "LUCKY13", "RC4");
        List<Finding> bad = findings.stream()
                .filter(finding -> BAD.contains(finding.severity) && !finding.id.equals(ENGINE_OF_THE_CLIENT))
                .toList();
        if (!bad.isEmpty()) {
            System.out.println(said);
        }
        return bad;
    }

    private static List<Finding> findings(String json) {
        List<Finding> findings = new ArrayList<>();
        Matcher matcher = FINDING.matcher(json);
        while (matcher.find()) {
            findings.add(new Finding(matcher.group("id"), matcher.group("severity"), matcher.group("finding")));
        }
        return findings;
    }
}

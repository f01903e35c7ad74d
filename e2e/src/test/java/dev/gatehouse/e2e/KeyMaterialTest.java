package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that Gatehouse says, anywhere, holds a piece of a private key. */
class KeyMaterialTest {

    /** Enough of a key that it cannot be there by chance. */
    private static final int PIECE = 20;

    // Before, PKCS#8 says the same of every P-256 key: in base64 and in hex.
    private static final int PIECES_BEGIN = 60;
    private static final int HEX_BEGIN = 80;

    @TempDir
    private Path folder;

    private final List<TestCertificate> keys = new ArrayList<>();

    private TestCertificate certificate(String name) {
        TestCertificate made = TestCertificate.of(name);
        keys.add(made);
        return made;
    }

    /** Every way in which a piece of a key could be written. */
    private List<String> pieces() {
        List<String> pieces = new ArrayList<>();
        for (TestCertificate one : keys) {
            String scalar = ((ECPrivateKey) one.keys().getPrivate()).getS().toString(16);
            pieces.add(scalar.substring(0, PIECE));
            pieces.add(
                    ((ECPrivateKey) one.keys().getPrivate()).getS().toString().substring(0, PIECE));
            byte[] der = one.keys().getPrivate().getEncoded();
            pieces.add(HexFormat.of().formatHex(der).substring(HEX_BEGIN, HEX_BEGIN + PIECE));
            String pem = one.keyPem();
            String body = pem.lines().filter(line -> !line.startsWith("-----")).reduce("", String::concat);
            pieces.add(body.substring(PIECES_BEGIN, PIECES_BEGIN + PIECE));
            // As it stands in the data of a Secret; no line of it begins where the one of the key does.
            String data = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
            pieces.add(data.substring(PIECES_BEGIN * 2, PIECES_BEGIN * 2 + PIECE));
        }
        return pieces.stream().map(piece -> piece.toLowerCase(Locale.ROOT)).toList();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static String ingress(String name) {
        return """
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %1$s}
                spec:
                  tls: [{hosts: [%1$s.example.com], secretName: %1$s}]
                  rules:
                  - host: %1$s.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nobody, port: {number: 80}}}}]}
                """.formatted(name);
    }

    @Test
    void noOutputHoldsAPieceOfAKey() throws Exception {
        TestCertificate good = certificate("good.example.com");
        TestCertificate broken = certificate("broken.example.com");
        TestCertificate swapped = certificate("swapped.example.com");
        TestCertificate cut = certificate("cut.example.com");
        String mismatched = TestCertificate.secretYaml(
                "default",
                "swapped",
                swapped.certificatePem(),
                certificate("other.example.com").keyPem());
        String half = TestCertificate.secretYaml(
                "default", "cut", cut.certificatePem(), cut.keyPem().substring(0, 100));
        // The two values the wrong way round, and a line that is no YAML.
        String reversed = TestCertificate.secretYaml("default", "reversed", good.keyPem(), good.certificatePem());
        write("good.yaml", good.secretYaml("default", "good") + ingress("good"));
        write("broken.yaml", broken.secretYaml("default", "broken") + ingress("broken"));
        write("swapped.yaml", mismatched + ingress("swapped"));
        write("cut.yaml", half + ingress("cut"));
        write("reversed.yaml", reversed + ingress("reversed"));
        StringBuilder outputs = new StringBuilder();
        try (Program program =
                Program.start("run", folder.toString(), "--http-port=0", "--https-port=0", "--admin-port=0")) {
            program.await("Ctrl-C drains");
            int https = Integer.parseInt(program.await("https://localhost:(\\d+)"));
            WebClient web =
                    new WebClient("127.0.0.1", Integer.parseInt(program.await("http://localhost:(\\d+)")), https);
            for (String host : List.of("good", "broken", "swapped", "cut", "reversed")) {
                outputs.append(web.getSecurely(host + ".example.com", "/").rawBody());
            }
            // While it is served: rubbish in place of a key, with the key's own characters, and no YAML at all.
            write(
                    "broken.yaml",
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: broken}\nstringData: {tls.key: \""
                            + broken.keyPem().replace("\n", "") + "\"}\n  what: is this\n");
            program.await("broken.yaml");
            write(
                    "swapped.yaml",
                    "kind: Secret\napiVersion: v1\nmetadata: {name: swapped}\ntls.key: |\n  "
                            + swapped.keyPem().replace("\n", "\n  ") + "\n");
            program.await("swapped.yaml");
            int admin = Integer.parseInt(program.await("admin=(\\d+)"));
            for (String page : List.of(
                    "/livez",
                    "/readyz",
                    "/metrics",
                    "/snapshot",
                    "/routes",
                    "/certificates",
                    "/explain?url=https%3A%2F%2Fgood.example.com%2F",
                    "/nothing")) {
                try (RawClient client = RawClient.connect(admin)) {
                    client.send("GET " + page + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                    outputs.append(client.readToEnd());
                }
            }
            program.dumpThreads();
            program.await("Full thread dump");
            program.terminate();
            program.exitCode();
            outputs.append(program.output());
        }
        for (List<String> command : List.of(
                List.of("validate", folder.toString()),
                List.of("explain", "https://good.example.com/", "-o", "json", "--folder", folder.toString()))) {
            try (Program asked = Program.start(command.toArray(String[]::new))) {
                asked.exitCode();
                outputs.append(asked.output());
            }
        }
        String said = outputs.toString().toLowerCase(Locale.ROOT);
        assertThat(said).contains("cut.yaml").contains("tls.key");
        assertThat(said).doesNotContain(pieces());
        assertThat(said).doesNotContain("begin private key").doesNotContain("begin ec private key");
        // The search itself finds keys where they are.
        assertThat(Files.readString(folder.resolve("good.yaml")).toLowerCase(Locale.ROOT))
                .containsAnyOf(pieces().toArray(String[]::new));
    }
}

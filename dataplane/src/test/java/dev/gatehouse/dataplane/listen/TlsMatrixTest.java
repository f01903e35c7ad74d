package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ClientCertificate.Mode;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What clients of three kinds are shown and answered, for every combination of the name they ask for, the certificate they show,
 * the host's mind about that, the version they speak, the kind of key and who does TLS. Clients that verify do so here.
 */
@ParameterizedClass(name = "{0}, {1}")
@CsvSource({
    "OPENSSL, P-256", "OPENSSL, P-384", "OPENSSL, RSA", "OPENSSL, Ed25519",
    "JDK, P-256", "JDK, P-384", "JDK, RSA", "JDK, Ed25519"
})
final class TlsMatrixTest {
    private static final String OFF = "off";
    private static final List<String> MODES = List.of(OFF, "require", "optional", "request");
    private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");
    private static final TestCertificate AUTHORITY = TestCertificate.authority("servers");
    private static final TestCertificate CLIENTS = TestCertificate.authority("clients");
    private static final Map<String, TestCertificate> SHOWN = Map.of(
            "good", CLIENTS.issue("alice"),
            "stranger", TestCertificate.authority("clients").issue("alice"));
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", Pattern.DOTALL);
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

    @Parameter(0)
    SslProvider provider = SslProvider.JDK;

    @Parameter(1)
    String key = "";

    @TempDir
    private Path folder = Path.of("");

    private ProxyFixture proxy;
    private RecordingBackend backend;
    private TestCertificate exact;
    private TestCertificate wildcard;
    private TestCertificate byDefault;

    /**
     * What a client asks for.
     *
     * @param name of SNI; empty: none
     * @param mode of the host about client certificates
     * @param expected certificate; one for another name is not verified
     */
    private record Question(
            String name, String mode, String version, String shows, TestCertificate expected, boolean verifies) {
        Optional<TestCertificate> showing() {
            return Optional.ofNullable(SHOWN.get(shows));
        }

        boolean isRefused() {
            return switch (mode) {
                case "require" -> !shows.equals("good");
                case "optional" -> shows.equals("stranger");
                default -> false;
            };
        }
    }

    /** What it got: 0 stands for no answer, and what went before it does not count. */
    private record Got(int status, String version, Optional<X509Certificate> leaf) {
        static final Got NOTHING = new Got(0, "", Optional.empty());
    }

    private interface Client {
        Got ask(Question question) throws Exception;
    }

    @BeforeEach
    void start() throws IOException {
        exact = server(MODES.stream().map(mode -> mode + ".example.com"));
        wildcard = server(MODES.stream().map(mode -> "*." + mode + ".example.com"));
        byDefault = server(Stream.of("default.example.com"));
        backend = RecordingBackend.ok("hello");
        proxy = new ProxyFixture(
                List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider);
        proxy.certificate("exact", exact)
                .certificate("wildcard", wildcard)
                .certificate("default", byDefault)
                .routeTo(backend.address());
        proxy.apply(Shard.of(
                ShardId.GLOBAL,
                ShardBody.newBuilder()
                        .setGlobal(Global.newBuilder().setDefaultCertificate("certificate/test/default"))
                        .build()));
        for (String mode : MODES) {
            host(mode + ".example.com", "exact", mode);
            host("*." + mode + ".example.com", "wildcard", mode);
        }
        write("authority.crt", AUTHORITY.certificatePem());
        for (Map.Entry<String, TestCertificate> one : SHOWN.entrySet()) {
            write(one.getKey() + ".crt", one.getValue().certificatePem());
            write(one.getKey() + ".key", one.getValue().keyPem());
        }
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private TestCertificate server(Stream<String> names) {
        CertificateBuilder builder =
                CertificateBuilder.of(names.toArray(String[]::new)).issuer(AUTHORITY);
        return switch (key) {
            case "P-256" -> builder.build();
            case "P-384" -> builder.curve("secp384r1").build();
            case "RSA" -> builder.rsa(2048).build();
            case "Ed25519" -> builder.ed25519().build();
            default -> throw new IllegalArgumentException(key);
        };
    }

    private void host(String name, String certificate, String mode) {
        ServerTls.Builder tls = ServerTls.newBuilder();
        if (!mode.equals(OFF)) {
            tls.setClientCertificate(ClientCertificate.newBuilder()
                    .setMode(Mode.valueOf(mode.toUpperCase(Locale.ROOT)))
                    .addAuthorities(TestPki.der(CLIENTS)));
        }
        proxy.host(
                name,
                host -> host.addCertificates("certificate/test/" + certificate).setTls(tls));
    }

    private String write(String file, String text) throws IOException {
        return Files.writeString(folder.resolve(file), text).toString();
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    @TestFactory
    Stream<DynamicTest> javaIsServedAsItAsks() {
        return matrix("java", this::java);
    }

    @TestFactory
    Stream<DynamicTest> opensslIsServedAsItAsks() {
        CommandLine.assumeInstalled("openssl");
        return matrix("openssl", this::openssl);
    }

    @TestFactory
    Stream<DynamicTest> curlIsServedAsItAsks() {
        CommandLine.assumeInstalled("curl");
        return matrix("curl", this::curl);
    }

    private Stream<DynamicTest> matrix(String kind, Client client) {
        List<DynamicTest> tests = new ArrayList<>();
        for (String version : VERSIONS) {
            for (String mode : MODES) {
                for (String shows : mode.equals(OFF) ? List.of("none") : List.of("none", "good", "stranger")) {
                    String name = mode + ".example.com";
                    tests.add(test(kind, client, new Question(name, mode, version, shows, exact, true)));
                    tests.add(test(kind, client, new Question("a." + name, mode, version, shows, wildcard, true)));
                }
            }
            // A name of another depth than the wildcard's, a name of nobody, and no name.
            for (String name : List.of("a.b.off.example.com", "unknown.example.org", "")) {
                for (String shows : List.of("none", "good")) {
                    tests.add(test(kind, client, new Question(name, OFF, version, shows, byDefault, false)));
                }
            }
        }
        return tests.stream();
    }

    private DynamicTest test(String kind, Client client, Question question) {
        String name = String.join(
                ", ",
                kind,
                question.name.isEmpty() ? "no SNI" : question.name,
                question.version,
                "shows " + question.shows,
                question.isRefused() ? "refused" : "served");
        return dynamicTest(name, () -> {
            int before = backend.requests().size();
            Got got = client.ask(question);
            if (question.isRefused()) {
                assertThat(got.status).isZero();
                assertThat(backend.requests()).hasSize(before);
            } else {
                assertThat(got).isEqualTo(new Got(200, question.version, Optional.of(question.expected.certificate())));
                assertThat(backend.requests()).hasSize(before + 1);
            }
        });
    }

    private static String host(Question question) {
        return question.name.isEmpty() ? "nobody" : question.name;
    }

    private static String request(Question question) {
        return "GET / HTTP/1.1\r\nHost: " + host(question) + "\r\nConnection: close\r\n\r\n";
    }

    private Got java(Question question) {
        TlsClient client = TlsClient.of(question.name)
                .versions(question.version)
                .showing(question.showing().stream().toArray(TestCertificate[]::new));
        try (SSLSocket socket = client.connect(proxy.port("https"));
                RawClient raw = RawClient.over(socket)) {
            RawClient.Response response = raw.send(request(question)).readResponse();
            return response.head().isEmpty()
                    ? Got.NOTHING
                    : new Got(response.status(), socket.getSession().getProtocol(), Optional.of((X509Certificate)
                            socket.getSession().getPeerCertificates()[0]));
        } catch (IOException | UncheckedIOException e) {
            return Got.NOTHING;
        }
    }

    private Got openssl(Question question) {
        List<String> command = new ArrayList<>(List.of(
                "openssl",
                "s_client",
                "-ign_eof",
                "-connect",
                "127.0.0.1:" + proxy.port("https"),
                question.version.equals("TLSv1.2") ? "-tls1_2" : "-tls1_3"));
        command.addAll(question.name.isEmpty() ? List.of("-noservername") : List.of("-servername", question.name));
        if (question.verifies) {
            command.addAll(List.of(
                    "-CAfile", file("authority.crt"), "-verify_return_error", "-verify_hostname", question.name));
        }
        if (question.showing().isPresent()) {
            command.addAll(List.of("-cert", file(question.shows + ".crt"), "-key", file(question.shows + ".key")));
        }
        String said = CommandLine.run(command, request(question));
        return got(said, said.contains("\nNew, " + question.version + ",") ? question.version : "");
    }

    private Got curl(Question question) {
        int port = proxy.port("https");
        String name = question.name.isEmpty() ? "127.0.0.1" : question.name; // no SNI for addresses (RFC 6066, 3)
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "--silent",
                "--verbose",
                "--http1.1",
                "--include",
                "--noproxy",
                "*",
                "--max-time",
                "120",
                "--pinnedpubkey",
                pin(question.expected),
                "--connect-to",
                name + ":" + port + ":127.0.0.1:" + port));
        command.addAll(
                question.version.equals("TLSv1.2") ? List.of("--tlsv1.2", "--tls-max", "1.2") : List.of("--tlsv1.3"));
        command.addAll(question.verifies ? List.of("--cacert", file("authority.crt")) : List.of("--insecure"));
        if (question.showing().isPresent()) {
            command.addAll(List.of("--cert", file(question.shows + ".crt"), "--key", file(question.shows + ".key")));
        }
        command.add("https://" + name + ":" + port + "/");
        String said = CommandLine.run(command, "");
        Got got = got(said, said.contains("SSL connection using " + question.version + " ") ? question.version : "");
        // It shows no certificate, but insists on the key.
        return got.status == 0 ? got : new Got(got.status, got.version, Optional.of(question.expected.certificate()));
    }

    private static String pin(TestCertificate certificate) {
        return "sha256//"
                + Base64.getEncoder()
                        .encodeToString(HexFormat.of()
                                .parseHex(
                                        Digest.of(certificate.keys().getPublic().getEncoded())
                                                .hex()));
    }

    private static Got got(String said, String version) {
        Matcher status = STATUS.matcher(said);
        if (!status.find()) {
            return Got.NOTHING;
        }
        Matcher pem = PEM.matcher(said);
        return new Got(
                Integer.parseInt(status.group(1)),
                version,
                pem.find() ? Optional.of(certificate(pem.group())) : Optional.empty());
    }

    private static X509Certificate certificate(String pem) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        } catch (CertificateException e) {
            throw new IllegalStateException(e);
        }
    }
}

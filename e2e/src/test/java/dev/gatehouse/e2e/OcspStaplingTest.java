package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.OcspResponder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder whose certificate names a responder: from there to the client, by the command alone. */
class OcspStaplingTest {
    private static final Duration BOUND = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private final TestCertificate authority = TestCertificate.authority("authority");

    private void serve(TestCertificate certificate) throws IOException {
        // In one step: a file that is empty for a moment would be taken for one that is.
        Path next = Files.writeString(
                folder.resolve("web.next"),
                TestCertificate.secretYaml(
                                "default",
                                "web-tls",
                                certificate.certificatePem() + authority.certificatePem(),
                                certificate.keyPem())
                        + """
                        ---
                        apiVersion: networking.k8s.io/v1
                        kind: Ingress
                        metadata: {name: web}
                        spec:
                          tls: [{hosts: [web.example.com], secretName: web-tls}]
                          rules:
                          - host: web.example.com
                            http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: nobody, port: {number: 80}}}}]}
                        """);
        Files.move(next, folder.resolve("web.yaml"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static List<byte[]> shown(int port) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("web.example.com")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return ((ExtendedSSLSession) socket.getSession()).getStatusResponses();
        }
    }

    private static String page(int port, String path) {
        try (RawClient client = RawClient.connect(port)) {
            client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            return client.readToEnd();
        }
    }

    @Test
    void aFolderIsServedWithWhatTheIssuerSays() throws Exception {
        try (OcspResponder responder = new OcspResponder(authority)) {
            CertificateBuilder builder =
                    CertificateBuilder.of("web.example.com").issuer(authority);
            serve(builder.responder(responder.uri()).build());
            try (Program program = Program.start(
                    "run",
                    folder.toString(),
                    "--http-port=0",
                    "--https-port=0",
                    "--admin-port=0",
                    "--ocsp-internal-responders")) {
                program.await("Ctrl-C drains");
                int https = Integer.parseInt(program.await("https://localhost:(\\d+)"));
                int admin = Integer.parseInt(program.await("admin=(\\d+)"));
                await().atMost(BOUND)
                        .untilAsserted(() -> assertThat(shown(https)).hasSize(1));
                assertThat(page(admin, "/certificates")).contains("stapledUntil");
                assertThat(page(admin, "/metrics"))
                        .contains("gatehouse_certificate_staple_next_update_timestamp_seconds{");
                assertThat(responder.requests()).isEqualTo(1);

                // Another certificate, which was revoked: it is served, with a warning and without a staple.
                responder.behave(now -> now.revoked(Instant.parse("2026-01-02T03:04:05Z")));
                serve(builder.responder(responder.uri()).build());
                program.await("revoked at 2026-01-02T03:04:05Z.*\\(CertificateRevoked\\)");
                await().atMost(BOUND)
                        .untilAsserted(() -> assertThat(shown(https)).isEmpty());
                assertThat(page(admin, "/certificates")).doesNotContain("stapledUntil");
            }
        }
    }

    @Test
    void nobodyOnThisMachineIsAskedUnlessThatIsAllowed() throws Exception {
        try (OcspResponder responder = new OcspResponder(authority)) {
            serve(CertificateBuilder.of("web.example.com")
                    .issuer(authority)
                    .responder(responder.uri())
                    .build());
            try (Program program =
                    Program.start("run", folder.toString(), "--http-port=0", "--https-port=0", "--admin-port=0")) {
                program.await("Ctrl-C drains");
                int https = Integer.parseInt(program.await("https://localhost:(\\d+)"));
                program.await("not public; --ocsp-internal-responders");
                assertThat(shown(https)).isEmpty();
                assertThat(responder.requests()).isZero();
            }
        }
    }
}

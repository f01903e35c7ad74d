package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.Switchboard;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes back with a session ticket, and where, when and to what it is taken. */
class SessionTicketsTest {
    private static final TestCertificate SHARED =
            TestCertificate.of("a.example.com", "b.example.com", "strict.example.com");
    private static final TestCertificate OTHER = TestCertificate.of("other.example.com");
    private static final TestCertificate AUTHORITY = TestCertificate.authority("clients");

    @TempDir
    private Path folder;

    private final List<ProxyFixture> planes = new ArrayList<>();
    private RecordingBackend backend;

    @BeforeEach
    void start() {
        backend = RecordingBackend.ok("hello");
    }

    @AfterEach
    void close() {
        planes.forEach(ProxyFixture::close);
        backend.close();
    }

    private static ByteString key(int number) {
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) number);
        return ByteString.copyFrom(key);
    }

    private ProxyFixture plane(SslProvider provider, ByteString... keys) {
        ProxyFixture plane = new ProxyFixture(
                List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider);
        planes.add(plane);
        plane.certificate("shared", SHARED).certificate("other", OTHER).routeTo(backend.address());
        host(plane, "a.example.com", "shared", ServerTls.getDefaultInstance());
        host(plane, "b.example.com", "shared", ServerTls.getDefaultInstance());
        host(plane, "other.example.com", "other", ServerTls.getDefaultInstance());
        return keys.length == 0 ? plane : plane.tickets(keys);
    }

    private ProxyFixture plane(ByteString... keys) {
        return plane(SslProvider.OPENSSL, keys);
    }

    private static void host(ProxyFixture plane, String name, String certificate, ServerTls tls) {
        plane.host(
                name,
                host -> host.addCertificates("certificate/test/" + certificate).setTls(tls));
    }

    /** A client of OpenSSL's that keeps its session in a file. */
    private final class Client {
        private final Path session = folder.resolve("session-" + System.nanoTime());
        private final String version;

        Client(String version) {
            this.version = version;
        }

        /** Whether it was let in with the session of before; whatever it is given, it keeps. */
        boolean resumes(ProxyFixture plane, String host) throws Exception {
            List<String> options = new ArrayList<>(List.of(version, "-sess_out", session.toString()));
            if (Files.exists(session)) {
                options.addAll(List.of("-sess_in", session.toString()));
            }
            String said = OpenSslClient.get(plane.port("https"), host, options);
            assertThat(said).contains("HTTP/1.1 200 OK").containsPattern("(New|Reused), TLSv1");
            boolean reused = said.contains("Reused, TLSv1");
            assertThat(plane.handshakes().getLast()).isEqualTo(reused);
            return reused;
        }

        boolean hasTicket() throws Exception {
            if (!Files.exists(session)) {
                return false;
            }
            Process show = new ProcessBuilder("openssl", "sess_id", "-in", session.toString(), "-noout", "-text")
                    .redirectErrorStream(true)
                    .start();
            return new String(show.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1)
                    .contains("TLS session ticket:");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void aClientResumesOnAnotherDataPlane(String version) throws Exception {
        ProxyFixture one = plane(key(1), key(2));
        ProxyFixture two = plane(key(1), key(2));
        Client client = new Client(version);
        assertThat(client.resumes(one, "a.example.com")).isFalse();
        assertThat(client.hasTicket()).isTrue();
        assertThat(client.resumes(two, "a.example.com")).isTrue();
        assertThat(client.resumes(one, "a.example.com")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void ticketsOutliveOneRotationAndNotTwo(String version) throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        Client first = new Client(version);
        Client second = new Client(version);
        assertThat(first.resumes(plane, "a.example.com")).isFalse();
        Path kept = Files.copy(first.session, folder.resolve("kept"));
        plane.tickets(key(2), key(3), key(1));
        assertThat(first.resumes(plane, "a.example.com")).isTrue(); // and has a ticket by the second key now
        assertThat(second.resumes(plane, "a.example.com")).isFalse();
        plane.tickets(key(3), key(4), key(2));
        // In TLS 1.2 OpenSSL's client keeps the ticket it came with.
        assertThat(first.resumes(plane, "a.example.com")).isEqualTo(version.equals("-tls1_3"));
        assertThat(second.resumes(plane, "a.example.com")).isTrue();
        Files.copy(kept, first.session, StandardCopyOption.REPLACE_EXISTING);
        assertThat(first.resumes(plane, "a.example.com")).isFalse();
        assertThat(first.resumes(plane, "a.example.com")).isTrue();
    }

    @Test
    void aDataPlaneThatHasNotHeardOfARotationTakesWhatOthersMakeAfterIt() throws Exception {
        ProxyFixture early = plane(key(2), key(3), key(1));
        ProxyFixture late = plane(key(1), key(2));
        Client client = new Client("-tls1_3");
        assertThat(client.resumes(early, "a.example.com")).isFalse();
        assertThat(client.resumes(late, "a.example.com")).isTrue();
        assertThat(client.resumes(early, "a.example.com")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void withoutKeysThereIsNoTicket(String version) throws Exception {
        ProxyFixture plane = plane();
        Client client = new Client(version);
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        assertThat(client.hasTicket()).isFalse();
    }

    @Test
    void switchedOffNoTicketOfBeforeIsTaken() throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        Client client = new Client("-tls1_3");
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        assertThat(client.resumes(plane, "a.example.com")).isTrue();
        plane.remove("tickets/https");
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        plane.tickets(key(1), key(2));
        assertThat(client.resumes(plane, "a.example.com")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void aTicketOfOnePolicyIsOfNoUseUnderAnother(String version) throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        host(
                plane,
                "strict.example.com",
                "shared",
                ServerTls.newBuilder()
                        .addCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
                        .addCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
                        .build());
        Client client = new Client(version);
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        // The client does offer its ticket under another name: the same policy and certificate take it.
        assertThat(client.resumes(plane, "b.example.com")).isTrue();
        assertThat(client.resumes(plane, "strict.example.com")).isFalse();
        assertThat(client.resumes(plane, "strict.example.com")).isTrue();
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
    }

    @Test
    void aTicketForOneCertificatesNamesIsOfNoUseForAnothers() throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        Client client = new Client("-tls1_3");
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        assertThat(client.resumes(plane, "other.example.com")).isFalse();
    }

    @Test
    void aRenewedCertificateLeavesTicketsGood() throws Exception {
        ProxyFixture one = plane(key(1), key(2));
        ProxyFixture two = plane(key(1), key(2));
        Client client = new Client("-tls1_3");
        assertThat(client.resumes(one, "a.example.com")).isFalse();
        TestCertificate renewed = TestCertificate.of("a.example.com", "b.example.com", "strict.example.com");
        two.certificate("shared", renewed);
        assertThat(client.resumes(two, "a.example.com")).isTrue();
        try (SSLSocket fresh = TlsClient.of("a.example.com").connect(two.port("https"))) {
            assertThat(fresh.getSession().getPeerCertificates()[0]).isEqualTo(renewed.certificate());
        }
        two.certificate("shared", CertificateBuilder.of("a.example.com").build());
        assertThat(client.resumes(two, "a.example.com")).isFalse();
    }

    private static ServerTls asking(TestCertificate... authorities) {
        ClientCertificate.Builder wanted = ClientCertificate.newBuilder().setMode(ClientCertificate.Mode.REQUEST);
        for (TestCertificate authority : authorities) {
            wanted.addAuthorities(ByteString.copyFrom(authority.der()));
        }
        return ServerTls.newBuilder().setClientCertificate(wanted).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void whoIsAskedForACertificateGetsNoTicketAndMayUseNone(String version) throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        Client client = new Client(version);
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        host(plane, "a.example.com", "shared", asking(AUTHORITY));
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        Client asked = new Client(version);
        assertThat(asked.resumes(plane, "a.example.com")).isFalse();
        assertThat(asked.hasTicket()).isFalse();
    }

    /** What holds there: a session ends with the policy that it was made under, revocation lists included. */
    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void theTlsOfJavaResumesUnderTheSamePolicyAlone(String version) throws Exception {
        ProxyFixture plane = plane(SslProvider.JDK, key(1), key(2));
        Client client = new Client(version);
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        assertThat(client.resumes(plane, "a.example.com")).isTrue();
        host(plane, "a.example.com", "shared", asking(AUTHORITY));
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        host(plane, "a.example.com", "shared", asking(AUTHORITY, OTHER));
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void theTlsOfJavaResumesWithinOneProcess(String version) throws Exception {
        ProxyFixture one = plane(SslProvider.JDK, key(1), key(2));
        ProxyFixture two = plane(SslProvider.JDK, key(1), key(2));
        Client client = new Client(version);
        assertThat(client.resumes(one, "a.example.com")).isFalse();
        assertThat(client.resumes(one, "a.example.com")).isTrue();
        assertThat(client.resumes(two, "a.example.com")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientOfJavaResumesOnAnotherDataPlane(String version) throws Exception {
        ProxyFixture one = plane(key(1), key(2));
        ProxyFixture two = plane(key(1), key(2));
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (Switchboard service = new Switchboard()) {
            getWithJava(client, service.to(one.port("https")).port(), version);
            getWithJava(client, service.to(two.port("https")).port(), version);
        }
        assertThat(one.handshakes()).containsExactly(false);
        assertThat(two.handshakes()).containsExactly(true);
    }

    private static void getWithJava(SSLContext context, int port, String version) throws IOException {
        try (SSLSocket socket =
                        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
                RawClient client = RawClient.over(socket)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("a.example.com")));
            parameters.setProtocols(new String[] {version});
            socket.setSSLParameters(parameters);
            assertThat(client.send("GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
                            .readResponse()
                            .status())
                    .isEqualTo(200);
            assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(SHARED.certificate());
        }
    }

    @Test
    void rotationTouchesNoConnection() throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        try (RawClient open = RawClient.over(TlsClient.of("a.example.com").connect(plane.port("https")))) {
            for (int i = 2; i < 6; i++) {
                plane.tickets(key(i), key(i + 1), key(i - 1));
                assertThat(open.send("GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
                                .readResponse()
                                .status())
                        .isEqualTo(200);
            }
        }
        assertThat(plane.handshakes()).hasSize(1);
    }

    @Test
    void whatIsNoKeyIsRefusedAndTheLastOnesStay() throws Exception {
        ProxyFixture plane = plane(key(1), key(2));
        Client client = new Client("-tls1_3");
        assertThat(client.resumes(plane, "a.example.com")).isFalse();
        assertThatThrownBy(() -> plane.tickets(ByteString.copyFromUtf8("short")))
                .hasMessageContaining("32 bytes");
        assertThatThrownBy(plane::tickets).hasMessageContaining("32 bytes");
        assertThat(client.resumes(plane, "a.example.com")).isTrue();
    }
}

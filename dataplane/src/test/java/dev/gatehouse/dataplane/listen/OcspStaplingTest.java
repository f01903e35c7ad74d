package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.testkit.OcspResponder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When clients are shown what the issuer of a certificate says of it. */
@SuppressWarnings("TimeInStaticInitializer") // One time for all of a run: answers are made for it.
class OcspStaplingTest {
    private static final TestCertificate AUTHORITY = TestCertificate.authority("authority");
    private static final Instant NOW = Instant.now();
    private static final Instant UNTIL = NOW.plus(Duration.ofDays(2));

    private final TestCertificate certificate = AUTHORITY.issue("a.example.com");
    private final AtomicReference<Instant> clock = new AtomicReference<>(NOW);
    private final OcspResponder responder = new OcspResponder(AUTHORITY);
    private RecordingBackend backend;
    private ProxyFixture proxy;

    @BeforeEach
    void start() {
        backend = RecordingBackend.ok("hello");
        proxy = proxy(SslProvider.OPENSSL);
    }

    private ProxyFixture proxy(SslProvider provider) {
        ProxyFixture made = new ProxyFixture(
                List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider, clock::get);
        made.certificate("it", certificate).routeTo(backend.address());
        return made.host("a.example.com", host -> host.addCertificates("certificate/test/it"));
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
        responder.close();
    }

    private boolean shown(String version) throws Exception {
        String said = OpenSslClient.get(proxy.port("https"), "a.example.com", List.of(version, "-status"));
        assertThat(said).contains("HTTP/1.1 200 OK").containsPattern("OCSP (R|r)esponse");
        boolean successful = said.contains("OCSP Response Status: successful");
        assertThat(said.contains("OCSP response: no response sent")).isEqualTo(!successful);
        return successful;
    }

    private List<byte[]> shownToJava(String version) throws IOException {
        try (SSLSocket socket = TlsClient.of("a.example.com").versions(version).connect(proxy.port("https"))) {
            return ((ExtendedSSLSession) socket.getSession()).getStatusResponses();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void openSslsClientSeesTheAnswer(String version) throws Exception {
        assertThat(shown(version)).isFalse();
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        assertThat(shown(version)).isTrue();
        proxy.remove("staple/test/it");
        assertThat(shown(version)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void javasClientSeesTheAnswerAsItIs(String version) throws Exception {
        byte[] answer = responder.answer(certificate);
        proxy.staple("it", answer, NOW, UNTIL);
        assertThat(shownToJava(version).getFirst()).isEqualTo(answer);
        byte[] next = responder.answer(certificate);
        proxy.staple("it", next, NOW, UNTIL.plusSeconds(1));
        assertThat(shownToJava(version).getFirst()).isEqualTo(next);
    }

    @Test
    void whoDoesNotAskIsShownNothing() throws Exception {
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        assertThat(OpenSslClient.get(proxy.port("https"), "a.example.com", List.of()))
                .doesNotContain("OCSP");
    }

    @Test
    void anAnswerIsDroppedBeforeItEnds() throws Exception {
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        clock.set(UNTIL.minus(Duration.ofMinutes(61)));
        assertThat(shown("-tls1_3")).isTrue();
        clock.set(UNTIL.minus(Duration.ofMinutes(59)));
        assertThat(shown("-tls1_3")).isFalse();
        clock.set(UNTIL.plus(Duration.ofDays(1)));
        assertThat(shown("-tls1_2")).isFalse();
        proxy.staple("it", responder.answer(certificate), UNTIL, UNTIL.plus(Duration.ofDays(2)));
        assertThat(shown("-tls1_3")).isTrue();
    }

    @Test
    void ofAShortAnswerTheLastQuarterIsLeftOut() throws Exception {
        proxy.staple("it", responder.answer(certificate), NOW, NOW.plus(Duration.ofMinutes(40)));
        clock.set(NOW.plus(Duration.ofMinutes(29)));
        assertThat(shown("-tls1_3")).isTrue();
        clock.set(NOW.plus(Duration.ofMinutes(31)));
        assertThat(shown("-tls1_3")).isFalse();
    }

    @Test
    void anAnswerAboutAnotherVersionIsNotShown() throws Exception {
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        proxy.certificate("it", AUTHORITY.issue("a.example.com"));
        assertThat(shown("-tls1_3")).isFalse();
        proxy.certificate("it", certificate);
        assertThat(shown("-tls1_3")).isTrue();
    }

    @Test
    void aListenerMayShowNone() throws Exception {
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        proxy.listener("https", listener -> listener.setOcspStaplingOff(true));
        assertThat(shown("-tls1_3")).isFalse();
        proxy.listener("https", listener -> listener);
        assertThat(shown("-tls1_3")).isTrue();
    }

    @Test
    void anAnswerTouchesNoConnectionAndRubbishIsRefused() throws Exception {
        try (RawClient open = RawClient.over(TlsClient.of("a.example.com").connect(proxy.port("https")))) {
            proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
            assertThat(open.send("GET / HTTP/1.1\r\nHost: a.example.com\r\n\r\n")
                            .readResponse()
                            .status())
                    .isEqualTo(200);
        }
        assertThatThrownBy(() -> proxy.staple("it", new byte[0], NOW, UNTIL)).hasMessageContaining("no answer");
        assertThatThrownBy(() -> proxy.staple("it", new byte[] {1}, NOW, NOW)).hasMessageContaining("never good");
        assertThat(shown("-tls1_3")).isTrue();
    }

    @Test
    void theTlsOfJavaShowsNoneAndServesAllTheSame() throws Exception {
        proxy.close();
        proxy = proxy(SslProvider.JDK);
        proxy.staple("it", responder.answer(certificate), NOW, UNTIL);
        assertThat(shown("-tls1_3")).isFalse();
    }
}

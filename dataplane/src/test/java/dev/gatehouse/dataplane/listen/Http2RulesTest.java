package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RecordingBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an HTTP/2 client can write instead of a plain request, with what an HTTP/1.1 backend must see of it: nothing, or exactly
 * one request with these octets. After each case the connection, if it is to stay, and another one get their own answers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Http2RulesTest {
    private static final Pattern ADDED = Pattern.compile("(?i)(?:x-request-id|x-forwarded-for|x-forwarded-proto|"
            + "x-forwarded-port|x-real-ip|forwarded|x-forwarded-host): [^\r\n]*\r\n");

    private final RecordingBackend backend = RecordingBackend.ok("answer");
    private final ProxyFixture proxy =
            new ProxyFixture().routeTo(backend.address()).listener(settings -> settings.setHttp2Cleartext(true));

    @BeforeAll
    void warm() {
        try (FramePeer peer = FramePeer.client(proxy.port())) {
            probe(peer, 1);
        }
    }

    @AfterAll
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @MethodSource({
        "dev.gatehouse.dataplane.listen.Http2HeadCases#names",
        "dev.gatehouse.dataplane.listen.Http2HeadCases#values",
        "dev.gatehouse.dataplane.listen.Http2HeadCases#pseudoHeaders",
        "dev.gatehouse.dataplane.listen.Http2HeadCases#targets",
        "dev.gatehouse.dataplane.listen.Http2BodyCases#connectionFields",
        "dev.gatehouse.dataplane.listen.Http2BodyCases#framing",
        "dev.gatehouse.dataplane.listen.Http2BodyCases#trailers"
    })
    void theBackendSeesOneRequestOrNone(RequestCase one) {
        int before = backend.requests().size();
        try (FramePeer peer = FramePeer.client(proxy.port())) {
            one.frames().accept(peer);
            Message message = peer.message(1);
            String own = message.first("gatehouse-reason");
            String verdict = message.heads().isEmpty()
                    ? "reset " + message.reset()
                    : own.isEmpty() ? message.status() : message.status() + " " + own;
            assertThat(verdict).isEqualTo(one.verdict());
            probe(peer, 3);
        }
        try (FramePeer other = FramePeer.client(proxy.port())) {
            probe(other, 1);
        }
        List<String> expected = new ArrayList<>();
        if (!one.passed().isEmpty()) {
            expected.add(one.passed());
        }
        expected.add(RequestCase.GET.replace("/ ", "/3 ") + "\r\n");
        expected.add(RequestCase.GET.replace("/ ", "/1 ") + "\r\n");
        assertThat(backend.requests().stream()
                        .skip(before)
                        .map(request -> ADDED.matcher(request).replaceAll("")))
                .containsExactlyElementsOf(expected);
    }

    private static void probe(FramePeer peer, int stream) {
        Message answer = peer.get(stream, "/" + stream).message(stream);
        assertThat(answer.status()).isEqualTo("200");
        assertThat(answer.body()).isEqualTo("answer");
    }
}

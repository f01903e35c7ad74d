package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** A data plane that passes the TLS of one host through to backends of a test's, who need not know TLS. */
final class RelayFixture implements AutoCloseable {
    static final String HOST = "vault.example.com";
    static final byte[] HELLO = Hello.of(HOST);
    static final Duration LONG = Duration.ofSeconds(60);

    private final ProxyFixture proxy = new ProxyFixture(List.of(new ListenerBind("https", "127.0.0.1", 0, true)));

    ProxyFixture proxy() {
        return proxy;
    }

    RawClient connect() {
        return RawClient.connect(proxy.port("https"));
    }

    RawClient connectThrough(RecordingBackend backend) {
        passTo(backend);
        return connect();
    }

    /** To a backend that is to be told the client. */
    RawClient connectThrough(RecordingBackend backend, Upstream.ProxyProtocol header) {
        passTo(backend).upstream(upstream -> upstream.setProxyProtocol(header));
        return connect();
    }

    ProxyFixture passTo(RecordingBackend... backends) {
        return proxy.passThrough(
                HOST,
                "backend",
                Arrays.stream(backends).map(RecordingBackend::address).toArray(InetSocketAddress[]::new));
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** The only connection that was passed through has ended so, and left nothing behind. */
    void awaitEnd(PassthroughEnd end) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(proxy.passed())
                        .singleElement()
                        .satisfies(passed -> assertThat(passed.end()).isEqualTo(end)));
        assertThat(proxy.passing()).isZero();
        await().atMost(LONG).until(() -> proxy.connections() == 0);
    }

    @Override
    public void close() {
        proxy.close();
    }
}

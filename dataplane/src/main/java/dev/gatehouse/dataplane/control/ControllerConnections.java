package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How controllers are spoken to: HTTP/2 over TLS 1.3, which hides the certificate from who listens, to one whose certificate
 * leads to {@code ca} and carries its name.
 */
record ControllerConnections(Vertx vertx, ControllerAddress address) {

    /** A controller that vanishes with its machine closes nothing: it is missed when it answers no ping for this long. */
    private static final Duration SILENCE = Duration.ofSeconds(6);

    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final int WINDOW_BYTES = 16 * 1024 * 1024;

    /**
     * Whoever gets the client closes it.
     *
     * @param ca PEM of the authorities to believe
     * @param shown to the controller; empty for a data plane that has none yet
     */
    HttpClient client(String ca, Optional<NodeCertificate> shown) {
        HttpClientOptions options = new HttpClientOptions()
                .setSsl(true)
                .setSslEngineOptions(
                        OpenSSLEngineOptions.isAvailable() ? new OpenSSLEngineOptions() : new JdkSSLEngineOptions())
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setVerifyHost(true)
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(ca)))
                .setHttp2ConnectionWindowSize(WINDOW_BYTES)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) SILENCE.toMillis())
                .setConnectTimeout((int) CONNECT.toMillis());
        shown.ifPresent(certificate -> options.setKeyCertOptions(KeyCertOptions.wrap(certificate.keyManager())));
        return vertx.createHttpClient(options);
    }

    /** A call of the method with this path. */
    RequestOptions call(String path) {
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(address.host())
                .setPort(address.port())
                .setURI(path)
                .putHeader("content-type", Frames.CONTENT_TYPE)
                .putHeader("te", "trailers");
    }
}

package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.TcpOption;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads from the API server that a kubeconfig or the ServiceAccount of the pod names, with its credentials. All of it happens on one
 * event loop, which serves nothing else: a listing of 10,000 objects delays no data plane. TLS is BoringSSL's where there is one.
 */
public final class ApiServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    // A server that vanishes with its machine closes nothing: the kernel asks after this long without a byte, so often.
    private static final int PROBE_AFTER_SECONDS = 15;
    private static final int PROBE_EVERY_SECONDS = 5;
    private static final int PROBES = 3;

    /** Each watch holds a connection for as long as it lasts. */
    private static final int CONNECTIONS = 4096;

    private final Vertx vertx;
    private final Context context;
    private final URI server;
    private final String userAgent;
    private final HttpClientAgent client;
    private Config config; // on the context: replaced when its token is refused

    private ApiServer(Vertx vertx, Config config) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.userAgent = config.getUserAgent();
        this.server = URI.create(config.getMasterUrl());
        this.client = client(vertx, server, config);
    }

    /**
     * Prepares; nothing is sent yet.
     *
     * @throws IllegalStateException if certificates or keys that {@code config} names cannot be read; it says which and why
     */
    public static ApiServer of(Config config) {
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        try {
            return new ApiServer(vertx, config);
        } catch (RuntimeException e) {
            vertx.close();
            throw e;
        }
    }

    /** Where everything happens. */
    Context context() {
        return context;
    }

    Vertx vertx() {
        return vertx;
    }

    /**
     * Asks for something. A token that is refused is read anew, once. Call on {@link #context()}, where the response arrives as well.
     *
     * @param uri path and query, below the server's own path
     * @param accept the form in which it is asked for
     * @param silence after so long without a byte the answer is given up
     */
    Future<HttpClientResponse> get(String uri, String accept, Duration silence) {
        return send(uri, accept, silence).compose(response -> {
            if (response.statusCode() != HttpURLConnection.HTTP_UNAUTHORIZED) {
                return Future.succeededFuture(response);
            }
            Config refused = config;
            return response.body()
                    .transform(read -> vertx.executeBlocking(refused::refresh))
                    .compose(fresh -> {
                        config = fresh;
                        return send(uri, accept, silence);
                    });
        });
    }

    private Future<HttpClientResponse> send(String uri, String accept, Duration silence) {
        String base = server.getRawPath();
        RequestOptions request = new RequestOptions()
                .setURI((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + uri)
                .setIdleTimeout(silence.toMillis())
                .putHeader(HttpHeaderNames.ACCEPT, accept)
                .putHeader(HttpHeaderNames.USER_AGENT, userAgent);
        authorization().ifPresent(value -> request.putHeader(HttpHeaderNames.AUTHORIZATION, value));
        return client.request(request).compose(sent -> sent.send());
    }

    private Optional<String> authorization() {
        if (config.getUsername() != null && config.getPassword() != null) {
            return Optional.of(HttpClientUtils.basicCredentials(config.getUsername(), config.getPassword()));
        }
        return token().map(token -> "Bearer " + token);
    }

    private Optional<String> token() {
        if (config.getOauthTokenProvider() != null) {
            return Optional.ofNullable(config.getOauthTokenProvider().getToken());
        }
        return Optional.ofNullable(config.getOauthToken()).or(() -> Optional.ofNullable(config.getAutoOAuthToken()));
    }

    private static HttpClientAgent client(Vertx vertx, URI server, Config config) {
        boolean tls = "https".equals(server.getScheme());
        HttpClientConfig options = new HttpClientConfig()
                .setVersions(HttpVersion.HTTP_1_1) // a stream of its own for each watch, without a window to keep open
                .setSsl(tls)
                .setVerifyHost(!config.isDisableHostnameVerification() && !config.isTrustCerts())
                .setDefaultHost(host(server))
                .setDefaultPort(server.getPort() >= 0 ? server.getPort() : tls ? 443 : 80)
                .setConnectTimeout(CONNECT);
        options.getTcpConfig()
                .getTransportConfig()
                .setSoKeepAlive(true)
                .setOption(TcpOption.KEEPIDLE, PROBE_AFTER_SECONDS)
                .setOption(TcpOption.KEEPINTVL, PROBE_EVERY_SECONDS)
                .setOption(TcpOption.KEEPCNT, PROBES);
        ApiServerProxy.of(server, config)
                .ifPresent(proxy -> options.getTcpConfig().setProxyOptions(proxy));
        var builder = vertx.httpClientBuilder().with(options).with(new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        if (tls) {
            builder.with(certificates(config))
                    .with(OpenSSLEngineOptions.isAvailable() ? new OpenSSLEngineOptions() : new JdkSSLEngineOptions());
        }
        return builder.build();
    }

    private static String host(URI server) {
        String host = server.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static ClientSSLOptions certificates(Config config) {
        ClientSSLOptions options = new ClientSSLOptions();
        try {
            TrustManager[] trusted = SSLUtils.trustManagers(config);
            if (trusted == null) {
                options.setTrustAll(config.isTrustCerts());
            } else {
                options.setTrustOptions(TrustOptions.wrap(trusted[0]));
            }
            KeyManager[] own = SSLUtils.keyManagers(config);
            if (own != null && own.length > 0 && own[0] instanceof X509KeyManager keys) {
                options.setKeyCertOptions(KeyCertOptions.wrap(keys));
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(
                    "the certificates to speak to " + config.getMasterUrl() + " with cannot be read: " + e.getMessage(),
                    e);
        }
        return options;
    }

    @Override
    public void close() {
        try {
            vertx.close().await(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("event=close_late part=\"connections to the API server\" after={}", CLOSING);
        }
    }
}

package dev.gatehouse.dataplane.forward.tls;

import dev.gatehouse.dataplane.balance.TlsClient;
import dev.gatehouse.dataplane.balance.TlsSettings;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 and 1.2 with the backends of one setting. Sessions are resumed per address: a backend that was verified once under
 * this setting is not asked for its certificate again within the hour. Immutable and thread-safe.
 */
public final class BackendTls implements TlsClient {
    /**
     * The JDK's engine, whose exceptions {@link TlsFailures} reads. This is the one place that chooses
     * (docs/decisions/0006-tls-to-backends.md).
     */
    private static final SslProvider PROVIDER = SslProvider.JDK;

    private static final long SESSION_SECONDS = 3600;

    private final TlsSettings settings;
    private final SslContext both;
    private final SslContext http1;

    private BackendTls(TlsSettings settings, BackendTrust trust) {
        this.settings = settings;
        this.both = context(settings, trust, ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);
        this.http1 = context(settings, trust, ApplicationProtocolNames.HTTP_1_1);
    }

    /**
     * Makes one for each setting. Those that trust the same share what is large: the issuers, which are read once. For the one
     * thread that builds tables; throws IllegalStateException if this Java runtime cannot do it.
     */
    public static Function<TlsSettings, TlsClient> maker() {
        Map<Set<X509Certificate>, WeakReference<X509ExtendedTrustManager>> known = new WeakHashMap<>();
        return settings -> {
            WeakReference<X509ExtendedTrustManager> reference = known.get(settings.trusted());
            X509ExtendedTrustManager issuers = reference == null ? null : reference.get();
            if (issuers == null) {
                issuers = BackendTrust.issuers(settings.trusted());
                known.put(settings.trusted(), new WeakReference<>(issuers));
            }
            return new BackendTls(settings, new BackendTrust(settings, issuers));
        };
    }

    private static SslContext context(TlsSettings settings, BackendTrust trust, String... offered) {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(PROVIDER)
                .protocols("TLSv1.3", "TLSv1.2")
                .trustManager(trust)
                // The trust manager compares names: those of the setting, not the address that is dialled.
                .endpointIdentificationAlgorithm(null)
                .sessionTimeout(SESSION_SECONDS)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        offered));
        settings.identity().ifPresent(identity -> builder.keyManager(new ShownIdentity(identity)));
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalStateException(
                    "no TLS context for backends named " + settings.names() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public SSLEngine engine(InetSocketAddress peer, Offer offer) {
        SslContext context = switch (offer) {
            case HTTP2_OR_HTTP1 -> both;
            case HTTP1 -> http1;
        };
        SSLEngine engine = context.newEngine(UnpooledByteBufAllocator.DEFAULT, peer.getHostString(), peer.getPort());
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(settings.serverName())));
        engine.setSSLParameters(parameters);
        return engine;
    }

    @Override
    public String toString() {
        return "TLS to " + settings.names();
    }
}

package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.snapshot.Digest;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.AttributeKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * What the handshake of a connection was about: the requests that come over it are judged by that. Immutable.
 *
 * @param serverName of SNI, lower case; empty if there was none
 * @param policy the handshake was done by
 * @param certificate version of the one that was shown
 * @param helloMillis when the client said hello, since 1970
 */
public record TlsConnection(String serverName, TlsPolicy policy, Digest certificate, long helloMillis) {
    private static final AttributeKey<TlsConnection> KEY = AttributeKey.valueOf(TlsConnection.class, "connection");

    /** Notes it at its channel. */
    void on(Channel channel) {
        channel.attr(KEY).set(this);
    }

    /** That of a channel; empty in clear text. */
    public static Optional<TlsConnection> of(Channel channel) {
        return channel.hasAttr(KEY) ? Optional.ofNullable(channel.attr(KEY).get()) : Optional.empty();
    }

    /** Whether the handshake that a channel has done resumed an earlier session. */
    public static boolean resumed(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            return false;
        }
        SSLEngine engine = tls.engine();
        if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
            return SSL.isSessionReused(openSsl.sslPointer());
        }
        // Java's TLS does not say. A resumed session keeps the time at which it was made.
        return of(channel)
                .filter(one -> engine.getSession().getCreationTime() < one.helloMillis)
                .isPresent();
    }

    /** The version of TLS that a channel speaks, as Java calls it: {@code TLSv1.3}. */
    public static String version(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? "TLS" : tls.engine().getSession().getProtocol();
    }

    /** The certificates that the client of a channel has shown, its own first; empty if it has shown none. */
    public static List<X509Certificate> clientChain(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        // The session of a client that was not asked says so by an exception, which costs more than all the rest here.
        if (tls == null || of(channel).flatMap(done -> done.policy().clients()).isEmpty()) {
            return List.of();
        }
        try {
            Certificate[] chain = tls.engine().getSession().getPeerCertificates();
            return Arrays.stream(chain).map(X509Certificate.class::cast).toList();
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }
}

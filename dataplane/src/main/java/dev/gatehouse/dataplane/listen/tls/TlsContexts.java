package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.table.CertificateTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Digest;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLException;

/**
 * A TLS context for each certificate, made when the first client needs it and kept by the certificate's content: a new
 * certificate table costs only what is new in it, and a connection keeps the context that it began with. BoringSSL where its
 * native library is there, otherwise the JDK. Thread-safe.
 */
public final class TlsContexts {
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** Forward secrecy and authenticated encryption only (RFC 9325, 4.2). */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private final Tables tables;
    private final SslProvider provider;
    private final SslContext selfSigned;
    private volatile Generation generation;

    /** Contexts made while one certificate table was in force; what the last one had and this one asks for moves over. */
    private record Generation(
            CertificateTable table,
            ConcurrentMap<Digest, SslContext> contexts,
            ConcurrentMap<Digest, SslContext> last) {}

    /** Loads the TLS library and makes the certificate of last resort, if that is still to be done. */
    public static void prepare() {
        OpenSsl.isAvailable();
        SelfSigned.own();
    }

    public TlsContexts(Tables tables) {
        this.tables = tables;
        this.provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
        SelfSigned own = SelfSigned.own();
        this.selfSigned = context(own.key(), List.of(own.certificate()));
        this.generation =
                new Generation(tables.current().certificates(), new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }

    /** The context for what the client asks for and can verify: ECDSA before RSA, for its cheaper signatures. */
    SslContext choose(ClientHello hello) {
        Generation current = current();
        List<ServerCertificate> candidates = current.table.choose(hello.serverName());
        if (candidates.isEmpty()) {
            return selfSigned;
        }
        ServerCertificate best = candidates.getFirst();
        int bestRank = rank(best, hello);
        for (ServerCertificate candidate : candidates) {
            int rank = rank(candidate, hello);
            if (rank > bestRank) {
                best = candidate;
                bestRank = rank;
            }
        }
        return context(current, best);
    }

    private static int rank(ServerCertificate certificate, ClientHello hello) {
        return switch (certificate.keyType()) {
            case "EC" -> hello.ecdsa() ? 3 : 0;
            case "RSA" -> hello.rsa() ? 2 : 0;
            default -> hello.edDsa() ? 1 : 0;
        };
    }

    @SuppressWarnings("ReferenceEquality") // The table's identity changes only when a certificate or a name did.
    private Generation current() {
        CertificateTable table = tables.current().certificates();
        Generation current = generation;
        if (current.table != table) {
            current = new Generation(table, new ConcurrentHashMap<>(), current.contexts);
            generation = current;
        }
        return current;
    }

    private SslContext context(Generation current, ServerCertificate certificate) {
        SslContext known = current.contexts.get(certificate.digest());
        if (known != null) {
            return known;
        }
        return current.contexts.computeIfAbsent(certificate.digest(), digest -> {
            SslContext last = current.last.get(digest);
            return last != null ? last : context(certificate.key(), certificate.chain());
        });
    }

    private SslContext context(PrivateKey key, List<X509Certificate> chain) {
        try {
            return SslContextBuilder.forServer(key, chain)
                    .sslProvider(provider)
                    .protocols(PROTOCOLS)
                    .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(
                    "no TLS context for the certificate of " + chain.getFirst().getSubjectX500Principal() + ": "
                            + e.getMessage(),
                    e);
        }
    }
}

package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.CertificateTable;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Digest;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLException;

/**
 * A TLS context for each certificate and policy, made when the first client needs it and kept by their content: a new
 * certificate table costs only what is new in it, and a connection keeps the context that it began with. Sessions are resumed
 * within a context only, so that no client gets past a policy on the strength of another. Thread-safe.
 */
public final class TlsContexts {

    /** All of TLS 1.3: they are equally good, and BoringSSL leaves no choice. */
    private static final List<String> TLS_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private static final int ALERT_INTERNAL_ERROR = 80;
    private static final int ALERT_UNRECOGNIZED_NAME = 112;

    private final Tables tables;
    private final SslProvider provider;
    private final InstantSource clock = InstantSource.system();
    private final SelfSigned selfSigned;
    private final Digest selfSignedDigest;
    private volatile Generation generation;

    private record Key(Digest certificate, Digest policy) {}

    /** Contexts made while one certificate table was in force; what the last one had and this one asks for moves over. */
    private record Generation(
            CertificateTable table, ConcurrentMap<Key, SslContext> contexts, ConcurrentMap<Key, SslContext> last) {}

    /** Loads the TLS library and makes the certificate of last resort, if that is still to be done. */
    public static void prepare() {
        OpenSsl.isAvailable();
        SelfSigned.own();
    }

    /** What becomes of a client that has said hello. */
    sealed interface Choice {

        /** A handshake is done. */
        record Served(SslContext context, TlsConnection connection) implements Choice {}

        /**
         * None is.
         *
         * @param code for the metric
         * @param alert that says so to the client (RFC 8446, 6)
         */
        record Refused(String code, int alert) implements Choice {}
    }

    /** BoringSSL where its native library is there, otherwise the JDK. */
    public static SslProvider preferred() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    }

    /** For people. */
    public String provider() {
        return provider == SslProvider.JDK ? "JDK" : OpenSsl.versionString();
    }

    public TlsContexts(Tables tables, SslProvider provider) {
        this.tables = tables;
        this.provider = provider;
        this.selfSigned = SelfSigned.own();
        try {
            this.selfSignedDigest = Digest.of(selfSigned.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("this Java runtime cannot encode what it made", e);
        }
        this.generation =
                new Generation(tables.current().certificates(), new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }

    /** What the client of a listener asks for and can verify: ECDSA before RSA, for its cheaper signatures. */
    Choice choose(ClientHello hello, String listener) {
        RoutingTable table = tables.current();
        ListenerSettings settings = table.listener(listener);
        String name = hello.serverName();
        if (settings.refuseUnknownNames() && !table.knows(name)) {
            return new Choice.Refused(ConnectionRefusal.TLS_UNKNOWN_NAME.code(), ALERT_UNRECOGNIZED_NAME);
        }
        byte[] host = name.getBytes(StandardCharsets.US_ASCII);
        TlsPolicy policy = table.tlsPolicy(settings, host, 0, host.length);
        if (!policy.unavailable().isEmpty()) {
            return new Choice.Refused(policy.unavailable(), ALERT_INTERNAL_ERROR);
        }
        Generation current = generation(table.certificates());
        List<ServerCertificate> candidates = table.certificates().choose(name);
        if (candidates.isEmpty()) {
            return served(
                    current,
                    new TlsConnection(name, policy, selfSignedDigest),
                    selfSigned.key(),
                    List.of(selfSigned.certificate()));
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
        TlsConnection connection = new TlsConnection(name, policy, best.digest());
        SslContext known = current.contexts.get(new Key(best.digest(), policy.digest()));
        return known != null
                ? new Choice.Served(known, connection)
                : served(current, connection, best.key(), best.chain());
    }

    private static int rank(ServerCertificate certificate, ClientHello hello) {
        return switch (certificate.keyType()) {
            case "EC" -> hello.ecdsa() ? 3 : 0;
            case "RSA" -> hello.rsa() ? 2 : 0;
            default -> hello.edDsa() ? 1 : 0;
        };
    }

    @SuppressWarnings("ReferenceEquality") // The table's identity changes only when a certificate or a name did.
    private Generation generation(CertificateTable table) {
        Generation current = generation;
        if (current.table != table) {
            current = new Generation(table, new ConcurrentHashMap<>(), current.contexts);
            generation = current;
        }
        return current;
    }

    private Choice served(Generation current, TlsConnection connection, PrivateKey key, List<X509Certificate> chain) {
        SslContext context = current.contexts.computeIfAbsent(
                new Key(connection.certificate(), connection.policy().digest()), id -> {
                    SslContext last = current.last.get(id);
                    return last != null ? last : context(key, chain, connection.policy());
                });
        return new Choice.Served(context, connection);
    }

    private SslContext context(PrivateKey key, List<X509Certificate> chain, TlsPolicy policy) {
        List<String> suites = new ArrayList<>(TLS_1_3);
        if (policy.tls12()) {
            suites.addAll(policy.cipherSuites());
        }
        SslContextBuilder builder = SslContextBuilder.forServer(key, chain)
                .sslProvider(provider)
                .protocols(policy.tls12() ? List.of("TLSv1.3", "TLSv1.2") : List.of("TLSv1.3"))
                .ciphers(suites, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        policy.alpn()));
        policy.clients()
                .ifPresent(clients -> builder.trustManager(new ClientTrust(clients, clock))
                        .clientAuth(
                                clients.mode() == ClientCertificates.Mode.REQUIRE
                                        ? ClientAuth.REQUIRE
                                        : ClientAuth.OPTIONAL));
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalStateException(
                    "no TLS context for the certificate of " + chain.getFirst().getSubjectX500Principal() + ": "
                            + e.getMessage(),
                    e);
        }
    }
}

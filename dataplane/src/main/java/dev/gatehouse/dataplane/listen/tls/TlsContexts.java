package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.KeyType;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.dataplane.table.TicketKeys;
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
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLException;

/**
 * A TLS context for each certificate and policy, made when the first client needs it and kept with the certificate: a new
 * certificate table costs only what is new in it, and a connection keeps the context that it began with. Sessions are never
 * resumed where client certificates are asked for, so that none that was revoked lives on in a ticket. Thread-safe.
 */
public final class TlsContexts {

    /** All of TLS 1.3: they are equally good, and BoringSSL leaves no choice. */
    private static final List<String> TLS_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    private static final int MAX_SELF_SIGNED = 64;

    /** A hello that is longer than anyone's. */
    static final Choice.Refused TOO_LONG =
            new Choice.Refused(ConnectionRefusal.TLS_FAILED.code(), TlsAlert.DECODE_ERROR);

    private final Tables tables;
    private final SslProvider provider;
    private final InstantSource clock;
    private final SelfSigned selfSigned;
    private final Digest selfSignedDigest;
    private final ConcurrentMap<ContextKey, ServerContext> selfSignedContexts = new ConcurrentHashMap<>();

    /** Loads the TLS library and makes the certificate of last resort, if that is still to be done. */
    public static void prepare() {
        OpenSsl.isAvailable();
        SelfSigned.own();
    }

    /** Which of a certificate's contexts. */
    private record ContextKey(Digest policy, boolean resumes) {}

    /** What becomes of a client that has said hello. */
    public sealed interface Choice {

        /** A handshake is done. */
        record Served(SslContext context, TlsConnection connection) implements Choice {}

        /** Somebody else does it: the connection goes on as it is. */
        record Passed(CompiledRule rule) implements Choice {}

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

    /** Whether clients can be shown what an issuer says of a certificate: the JDK takes no answers from outside. */
    public static boolean staples(ServerCertificate certificate) {
        return preferred() != SslProvider.JDK && certificate.keyType() != KeyType.ED25519;
    }

    /** For people. */
    public String provider() {
        return provider == SslProvider.JDK ? "JDK" : OpenSsl.versionString();
    }

    public TlsContexts(Tables tables, SslProvider provider) {
        this(tables, provider, InstantSource.system());
    }

    /** As above, with a clock that tells when staples end. */
    public TlsContexts(Tables tables, SslProvider provider, InstantSource clock) {
        this.clock = clock;
        this.tables = tables;
        this.provider = provider;
        this.selfSigned = SelfSigned.own();
        try {
            this.selfSignedDigest = Digest.of(selfSigned.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("this Java runtime cannot encode what it made", e);
        }
    }

    /** What the client of a listener asks for and can verify: ECDSA before RSA, for its cheaper signatures. */
    Choice choose(ClientHello hello, String listener) {
        RoutingTable table = tables.current();
        ListenerSettings settings = table.listener(listener);
        String name = hello.serverName();
        if (settings.refuseUnknownNames() && !table.knows(name)) {
            return new Choice.Refused(ConnectionRefusal.TLS_UNKNOWN_NAME.code(), TlsAlert.UNRECOGNIZED_NAME);
        }
        byte[] host = name.getBytes(StandardCharsets.US_ASCII);
        CompiledRule passed = table.passthrough(host, 0, host.length);
        if (passed != null) {
            return hello.understood()
                    ? new Choice.Passed(passed)
                    : new Choice.Refused(ConnectionRefusal.TLS_FAILED.code(), TlsAlert.DECODE_ERROR);
        }
        TlsPolicy policy = table.tlsPolicy(settings, host, 0, host.length);
        if (!policy.unavailable().isEmpty()) {
            return new Choice.Refused(policy.unavailable(), TlsAlert.INTERNAL_ERROR);
        }
        Optional<TicketKeys> tickets =
                table.tickets(listener).filter(keys -> policy.clients().isEmpty());
        ContextKey contextKey = new ContextKey(policy.digest(), tickets.isPresent());
        List<ServerCertificate> candidates = table.certificates().choose(name);
        if (candidates.isEmpty()) {
            return new Choice.Served(
                    selfSigned(contextKey, policy).under(tickets, Optional.empty()),
                    new TlsConnection(name, policy, selfSignedDigest, clock.millis()));
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
        ServerCertificate chosen = best;
        chosen.used(clock);
        ServerContext context = chosen.derived(
                contextKey, ServerContext.class, () -> context(chosen.key(), chosen.chain(), contextKey, policy));
        return new Choice.Served(
                context.under(tickets, table.staple(settings, chosen)),
                new TlsConnection(name, policy, chosen.digest(), clock.millis()));
    }

    private ServerContext selfSigned(ContextKey key, TlsPolicy policy) {
        if (selfSignedContexts.size() >= MAX_SELF_SIGNED) {
            selfSignedContexts.clear(); // policies come and go, and what is still needed is made again
        }
        return selfSignedContexts.computeIfAbsent(
                key, same -> context(selfSigned.key(), List.of(selfSigned.certificate()), same, policy));
    }

    private static int rank(ServerCertificate certificate, ClientHello hello) {
        return switch (certificate.keyType()) {
            case ECDSA_P256 -> hello.p256() ? 4 : 0;
            case ECDSA_P384 -> hello.p384() ? 3 : 0;
            case RSA -> hello.rsa() ? 2 : 0;
            case ED25519 -> hello.edDsa() ? 1 : 0;
        };
    }

    private ServerContext context(
            PrivateKey key, List<X509Certificate> chain, ContextKey contextKey, TlsPolicy policy) {
        List<String> suites = new ArrayList<>(TLS_1_3);
        if (policy.tls12()) {
            suites.addAll(policy.cipherSuites());
        }
        // Netty finds no Ed25519 key when BoringSSL asks for one: it goes by names of RSA and ECDSA suites.
        SslProvider by = key.getAlgorithm().equals("EdDSA") ? SslProvider.JDK : provider;
        SslContextBuilder builder = SslContextBuilder.forServer(ServerKey.factory(key, chain))
                .trustManager(NobodyTrusted.INSTANCE)
                .sslProvider(by)
                .enableOcsp(by != SslProvider.JDK)
                .sessionTimeout(ServerContext.SESSION.toSeconds())
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
            return new ServerContext(builder.build(), contextKey.resumes(), policy, chain.getFirst(), clock);
        } catch (SSLException e) {
            throw new IllegalStateException(
                    "no TLS context for the certificate of " + chain.getFirst().getSubjectX500Principal() + ": "
                            + e.getMessage(),
                    e);
        }
    }
}

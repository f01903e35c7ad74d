package dev.gatehouse.dataplane.policy;

import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.proto.ServerTls;
import java.util.List;
import java.util.Optional;

/**
 * How TLS with the clients of a host is done, nothing left open. Equal content is equal, at the cost of comparing two digests.
 * Immutable.
 */
public final class TlsPolicy {

    /**
     * Forward secrecy and authenticated encryption only (RFC 9325, 4.2): the cipher suites of TLS 1.2 in Mozilla's
     * {@code intermediate} profile 5.7, but for those with a finite-field key exchange, which BoringSSL does not have.
     */
    private static final List<String> INTERMEDIATE = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private static final List<String> ALPN = List.of("h2", "http/1.1");

    private final Digest digest;
    private final boolean tls12;
    private final List<String> cipherSuites;
    private final List<String> alpn;
    private final Optional<ClientCertificates> clients;
    private final String unavailable;

    TlsPolicy(ServerTls wire, Optional<ClientCertificates> clients) {
        this.digest = Digest.of(wire.toByteArray());
        this.tls12 = wire.getMinVersion() != ServerTls.MinVersion.TLS_1_3;
        this.cipherSuites = wire.getCipherSuitesCount() == 0 ? INTERMEDIATE : List.copyOf(wire.getCipherSuitesList());
        this.alpn = wire.getAlpnCount() == 0 ? ALPN : List.copyOf(wire.getAlpnList());
        this.clients = clients;
        this.unavailable = wire.getUnavailable();
    }

    /** The version: equal digests are equal policies. */
    public Digest digest() {
        return digest;
    }

    /** Whether TLS 1.2 is spoken beside 1.3. */
    public boolean tls12() {
        return tls12;
    }

    /** For TLS 1.2, by IANA name, in order of preference. */
    public List<String> cipherSuites() {
        return cipherSuites;
    }

    /** {@code h2}, {@code http/1.1}, in order of preference. */
    public List<String> alpn() {
        return alpn;
    }

    /** Whom the clients must be; empty: they are not asked. */
    public Optional<ClientCertificates> clients() {
        return clients;
    }

    /** Reason code with which every handshake is refused; empty: none. */
    public String unavailable() {
        return unavailable;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TlsPolicy policy && digest.equals(policy.digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return "TLS policy " + digest.shortHex();
    }
}

package dev.gatehouse.dataplane.balance;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What connections to a backend show and demand. Immutable; equal ones are interchangeable.
 *
 * @param serverName sent as SNI (RFC 6066, 3)
 * @param names DNS names, URIs and IP addresses, of which the backend's certificate must have one; never empty
 * @param trusted who may have issued the certificate; empty: the roots that Java brings
 * @param identity what the backend is shown if it asks for a client certificate
 * @param verified false: any certificate will do
 */
public record TlsSettings(
        String serverName,
        Set<String> names,
        Set<X509Certificate> trusted,
        Optional<Identity> identity,
        boolean verified) {

    /**
     * A client certificate.
     *
     * @param chain leaf first
     * @param key of the leaf; never printed
     */
    public record Identity(List<X509Certificate> chain, PrivateKey key) {

        @Override
        public String toString() {
            return "certificate of " + chain.getFirst().getSubjectX500Principal();
        }
    }

    /** The same, trusting these. */
    public TlsSettings trusting(Set<X509Certificate> others) {
        return new TlsSettings(serverName, names, others, identity, verified);
    }

    /** The same with a client certificate. */
    public TlsSettings with(Identity shown) {
        return new TlsSettings(serverName, names, trusted, Optional.of(shown), verified);
    }
}

package dev.gatehouse.dataplane.forward.tls;

import dev.gatehouse.dataplane.balance.TlsSettings;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Decides on the certificate that a backend shows: valid today, issued by who is trusted (RFC 5280, 6), made out to one of
 * the names (RFC 9525, 6). Says which of them does not hold. Thread-safe.
 */
final class BackendTrust extends X509ExtendedTrustManager {
    private final TlsSettings settings;
    private final X509ExtendedTrustManager issuers;

    BackendTrust(TlsSettings settings, X509ExtendedTrustManager issuers) {
        this.settings = settings;
        this.issuers = issuers;
    }

    /**
     * Who checks that a certificate was issued by one of these; by one that Java trusts, if there are none.
     *
     * @throws IllegalStateException if this Java runtime cannot do it
     */
    static X509ExtendedTrustManager issuers(Set<X509Certificate> trusted) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(trusted.isEmpty() ? null : store(trusted));
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager issuers) {
                    return issuers;
                }
            }
            throw new IllegalStateException("this Java runtime has no trust manager for PKIX");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot check certificates: " + e.getMessage(), e);
        }
    }

    private static KeyStore store(Set<X509Certificate> trusted) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (X509Certificate certificate : trusted) {
            store.setCertificateEntry("trusted-" + number++, certificate);
        }
        return store;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        if (!settings.verified()) {
            return;
        }
        X509Certificate leaf = chain[0];
        valid(leaf);
        try {
            issuers.checkServerTrusted(chain, type, engine);
        } catch (CertificateException e) {
            throw new BackendCertificateException(
                    expired(e) ? CertificateProblem.EXPIRED : CertificateProblem.UNTRUSTED,
                    "the certificate of " + leaf.getSubjectX500Principal() + ", issued by "
                            + leaf.getIssuerX500Principal() + ": " + e.getMessage());
        }
        if (!CertificateNames.anyOf(settings.names(), leaf)) {
            throw new BackendCertificateException(
                    CertificateProblem.NAME,
                    "the certificate is for " + CertificateNames.of(leaf) + ", expected was one of "
                            + settings.names());
        }
    }

    /** The path check passes over the dates of a leaf that is itself trusted. */
    private static void valid(X509Certificate leaf) throws BackendCertificateException {
        try {
            leaf.checkValidity();
        } catch (CertificateExpiredException | CertificateNotYetValidException e) {
            throw new BackendCertificateException(
                    CertificateProblem.EXPIRED,
                    "the certificate of " + leaf.getSubjectX500Principal() + " is good from "
                            + leaf.getNotBefore().toInstant() + " until "
                            + leaf.getNotAfter().toInstant());
        }
    }

    private static boolean expired(CertificateException e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
                return true;
            }
            if (cause instanceof CertPathValidatorException path
                    && (path.getReason() == CertPathValidatorException.BasicReason.EXPIRED
                            || path.getReason() == CertPathValidatorException.BasicReason.NOT_YET_VALID)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    // ---- Connections are made with engines, and to servers.

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
        throw new UnsupportedOperationException();
    }
}

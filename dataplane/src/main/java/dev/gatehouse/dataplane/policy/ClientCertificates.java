package dev.gatehouse.dataplane.policy;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateParsingException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whom the clients of a host must be, and who they are found to be (RFC 5280, 6). Immutable; any thread. */
public final class ClientCertificates {

    /** Extended key usage id-kp-clientAuth (RFC 5280, 4.2.1.12). */
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    private static final String ANY_USAGE = "2.5.29.37.0";
    private static final int DIGITAL_SIGNATURE = 0;

    private final Mode mode;
    private final Set<X509Certificate> authorities;
    private final List<X509CRL> revocations;
    private final Forward forward;

    /** What happens without a certificate that holds. */
    public enum Mode {
        /** There is no connection. */
        REQUIRE,
        /** A client may have none; one that does not hold ends the handshake. */
        OPTIONAL,
        /** Whatever the client has is let in, and the backend is told what was found. */
        REQUEST
    }

    /** What the backend is told. */
    public enum Forward {
        /** What was found, subject, issuer, hash, DNS names and URIs. */
        SUMMARY,
        /** That and the certificate itself. */
        CERTIFICATE,
        NOTHING
    }

    ClientCertificates(Mode mode, Set<X509Certificate> authorities, List<X509CRL> revocations, Forward forward) {
        this.mode = mode;
        this.authorities = authorities;
        this.revocations = revocations;
        this.forward = forward;
    }

    public Mode mode() {
        return mode;
    }

    public Forward forward() {
        return forward;
    }

    /** Who may have issued a client's certificate. */
    public Set<X509Certificate> authorities() {
        return authorities;
    }

    /** Whether clients with this verdict are let in. */
    public boolean admits(ClientVerdict verdict) {
        return switch (mode) {
            case REQUIRE -> verdict == ClientVerdict.HOLDS;
            case OPTIONAL -> verdict == ClientVerdict.HOLDS || verdict == ClientVerdict.MISSING;
            case REQUEST -> true;
        };
    }

    /**
     * Judges a chain.
     *
     * @param chain as the client sent it, its own certificate first; empty if it has none
     */
    public ClientVerdict judge(List<X509Certificate> chain, Instant now) {
        if (chain.isEmpty()) {
            return ClientVerdict.MISSING;
        }
        X509Certificate leaf = chain.getFirst();
        if (now.isBefore(leaf.getNotBefore().toInstant())) {
            return ClientVerdict.NOT_YET_VALID;
        }
        if (now.isAfter(leaf.getNotAfter().toInstant())) {
            return ClientVerdict.EXPIRED;
        }
        if (!isForClients(leaf)) {
            return ClientVerdict.WRONG_USAGE;
        }
        if (authorities.contains(leaf)) {
            // A self-signed certificate that is listed is its own authority, and is revoked by taking it off the list.
            return ClientVerdict.HOLDS;
        }
        try {
            return path(chain, now);
        } catch (GeneralSecurityException e) {
            return ClientVerdict.UNTRUSTED;
        }
    }

    private static boolean isForClients(X509Certificate leaf) {
        try {
            List<String> usages = leaf.getExtendedKeyUsage();
            boolean[] keyUsage = leaf.getKeyUsage();
            return (usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY_USAGE))
                    && (keyUsage == null || keyUsage[DIGITAL_SIGNATURE]);
        } catch (CertificateParsingException e) {
            return false;
        }
    }

    private ClientVerdict path(List<X509Certificate> chain, Instant now) throws GeneralSecurityException {
        Set<TrustAnchor> anchors = new HashSet<>();
        authorities.forEach(authority -> anchors.add(new TrustAnchor(authority, null)));
        X509CertSelector target = new X509CertSelector();
        target.setCertificate(chain.getFirst());
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
        parameters.setDate(Date.from(now));
        parameters.setRevocationEnabled(false);
        List<Object> material = new ArrayList<>(chain);
        material.addAll(revocations);
        parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(material)));
        CertPathBuilder builder = CertPathBuilder.getInstance("PKIX");
        @Nullable PKIXRevocationChecker revoked = null;
        if (!revocations.isEmpty()) {
            revoked = (PKIXRevocationChecker) builder.getRevocationChecker();
            // SOFT_FAIL: a list that is missing is told instead of thrown, so that only the leaf's own issuer needs
            // one.
            revoked.setOptions(EnumSet.of(
                    PKIXRevocationChecker.Option.PREFER_CRLS,
                    PKIXRevocationChecker.Option.NO_FALLBACK,
                    PKIXRevocationChecker.Option.SOFT_FAIL));
            parameters.addCertPathChecker(revoked);
        }
        try {
            builder.build(parameters);
        } catch (CertPathBuilderException e) {
            return reason(e);
        }
        if (revoked != null
                && revoked.getSoftFailExceptions().stream().anyMatch(undetermined -> undetermined.getIndex() == 0)) {
            return ClientVerdict.UNDETERMINED;
        }
        return ClientVerdict.HOLDS;
    }

    private static ClientVerdict reason(CertPathBuilderException failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException path) {
                if (path.getReason() == CertPathValidatorException.BasicReason.REVOKED) {
                    return ClientVerdict.REVOKED;
                }
                if (path.getReason() == CertPathValidatorException.BasicReason.UNDETERMINED_REVOCATION_STATUS) {
                    return ClientVerdict.UNDETERMINED;
                }
                if (path.getReason() == CertPathValidatorException.BasicReason.EXPIRED) {
                    return ClientVerdict.EXPIRED;
                }
            }
        }
        return ClientVerdict.UNTRUSTED;
    }
}

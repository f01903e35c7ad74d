package dev.gatehouse.controller.trust;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is in force: what this replica shows, what it signs nodes' certificates with, and whom both sides trust. Immutable;
 * never printed.
 *
 * @param authority that signs now
 * @param identity what the snapshot port shows
 * @param trusted PEM of every authority to be trusted, on both sides: {@code ca.crt} of data planes
 */
public record TrustMaterial(CertificateAuthority authority, ServerIdentity identity, String trusted) {

    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final int URI_NAME = 6; // RFC 5280, section 4.2.1.6: uniformResourceIdentifier [6]

    /** Material with a new server certificate, valid from {@code now}. */
    public static TrustMaterial of(CertificateAuthority authority, String trusted, ServerNames names, Instant now) {
        return new TrustMaterial(authority, authority.issue(names, now), trusted);
    }

    /**
     * A node's certificate that was found good.
     *
     * @param uri the one name it carries
     */
    public record VerifiedNode(String uri, Instant notAfter) {}

    /**
     * Checks a node's chain against what is trusted now. The handshake has checked it as well, but may lie an hour back, or
     * have resumed an older one.
     *
     * @param chain the node's certificate first
     * @throws GeneralSecurityException if it is not good; the message says why
     */
    public VerifiedNode verifyNode(List<? extends Certificate> chain, Instant now) throws GeneralSecurityException {
        if (chain.isEmpty() || !(chain.getFirst() instanceof X509Certificate leaf)) {
            throw new GeneralSecurityException("no certificate");
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        for (Certificate root : certificates(trusted)) {
            if (root instanceof X509Certificate known) {
                anchors.add(new TrustAnchor(known, null));
            }
        }
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false); // who is gone is known from the pods, not from lists
        parameters.setDate(Date.from(now));
        validate(chain, parameters);
        List<String> purposes = leaf.getExtendedKeyUsage();
        if (leaf.getBasicConstraints() != -1 || purposes == null || !purposes.equals(List.of(CLIENT_AUTH))) {
            throw new GeneralSecurityException("it is no node's certificate");
        }
        return new VerifiedNode(uri(leaf), leaf.getNotAfter().toInstant());
    }

    /** What is sent along leads to the authority before, and is of no use where the next one is trusted already, alone or too. */
    private static void validate(List<? extends Certificate> chain, PKIXParameters parameters)
            throws GeneralSecurityException {
        CertPathValidator validator = CertPathValidator.getInstance("PKIX");
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        for (int length = 1; ; length++) {
            try {
                validator.validate(factory.generateCertPath(chain.subList(0, length)), parameters);
                return;
            } catch (CertPathValidatorException e) {
                if (length == chain.size()) {
                    throw e;
                }
            }
        }
    }

    private static String uri(X509Certificate leaf) throws GeneralSecurityException {
        var names = leaf.getSubjectAlternativeNames();
        if (names != null && names.size() == 1) {
            List<?> only = names.iterator().next();
            if (Integer.valueOf(URI_NAME).equals(only.get(0)) && only.get(1) instanceof String uri) {
                return uri;
            }
        }
        throw new GeneralSecurityException("it does not carry exactly one URI");
    }

    private static List<? extends Certificate> certificates(String pem) throws GeneralSecurityException {
        return List.copyOf(CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8))));
    }
}

package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.SecretParser.UnusableException;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * The chain that a server shows, from whatever order it was written down in: the leaf first, then who certified what stands
 * before (RFC 5246, 7.4.2; RFC 8446, 4.4.2 tells clients to put up with other orders, and not all do).
 *
 * @param certificates leaf first; one that certifies none of the others is left out
 * @param remarks what was put right and what seems to be missing
 */
record CertificateChain(List<X509Certificate> certificates, List<SecretModel.Remark> remarks) {

    // Clients follow ten (jdk.tls.maxCertificateChainLength, OpenSSL's default depth is 100 but chains are 2 to 4
    // long).
    private static final int MAX_CHAIN = 16;
    private static final String EXPECTED = "; put PEM certificates there, leaf first";

    X509Certificate leaf() {
        return certificates.getFirst();
    }

    /**
     * Reads {@code tls.crt}.
     *
     * @param key whose certificate is the leaf, wherever it stands
     * @param authorities of the same Secret: a leaf that one of them issued needs nothing in between
     */
    static CertificateChain read(String pem, PrivateKeys key, Authorities authorities) throws UnusableException {
        List<X509Certificate> given = certificates(pem);
        X509Certificate leaf = key.certificateAmong(given)
                .orElseThrow(() -> new UnusableException(
                        given.size() == 1
                                ? "has a tls.key that does not fit the certificate of tls.crt; put the key there that"
                                        + " it was issued for"
                                : "has a tls.key that fits none of the " + given.size()
                                        + " certificates of tls.crt; put the leaf first, and the key it was issued"
                                        + " for"));
        List<X509Certificate> chain = ordered(leaf, given);
        List<X509Certificate> kept = given.stream().filter(chain::contains).toList();
        List<SecretModel.Remark> remarks = new ArrayList<>();
        if (!isChain(kept, leaf)) {
            remarks.add(new SecretModel.Remark(
                    Reasons.CERTIFICATE_CHAIN_REORDERED,
                    "has the certificates of tls.crt in the wrong order; they are served as they belong, leaf first:"
                            + " write them down so"));
        } else {
            chain = kept;
        }
        if (chain.size() < given.size()) {
            String first = given.stream()
                    .filter(one -> !kept.contains(one))
                    .findFirst()
                    .map(CertificateChain::subject)
                    .orElse("");
            remarks.add(new SecretModel.Remark(
                    Reasons.CERTIFICATE_CHAIN_TOO_LONG,
                    "has " + (given.size() - chain.size()) + " certificates in tls.crt that are not in the leaf's chain"
                            + (first.isEmpty() ? "" : ", the first of " + first)
                            + "; they are not served: remove them"));
        }
        missing(chain, authorities).ifPresent(remarks::add);
        return new CertificateChain(List.copyOf(chain), List.copyOf(remarks));
    }

    private static List<X509Certificate> certificates(String pem) throws UnusableException {
        List<PemBlock> blocks = PemBlock.read(pem, "tls.crt");
        if (blocks.isEmpty()) {
            throw new UnusableException("has a tls.crt without a PEM block -----BEGIN CERTIFICATE-----" + EXPECTED);
        }
        if (blocks.size() > MAX_CHAIN) {
            throw new UnusableException("has " + blocks.size() + " certificates in tls.crt; put the leaf and its"
                    + " intermediates there, at most " + MAX_CHAIN + ", and no bundle of roots");
        }
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            Set<X509Certificate> certificates = new LinkedHashSet<>();
            for (PemBlock block : blocks) {
                if (!block.label().equals("CERTIFICATE")) {
                    throw new UnusableException("has a tls.crt with a block of " + block.label()
                            + "; only CERTIFICATE blocks belong there");
                }
                certificates.add(read(factory, block, certificates.size() + 1));
            }
            return List.copyOf(certificates);
        } catch (CertificateException e) {
            throw new IllegalStateException("this Java runtime reads no X.509 certificates", e);
        }
    }

    private static X509Certificate read(CertificateFactory factory, PemBlock block, int number)
            throws UnusableException {
        try {
            return (X509Certificate) factory.generateCertificate(block.der().newInput());
        } catch (CertificateException e) {
            throw new UnusableException("has a tls.crt whose certificate " + number
                    + " cannot be read: it is cut short or damaged" + EXPECTED);
        }
    }

    /** The leaf, and all that certify it or one of these, nearest first. */
    private static List<X509Certificate> ordered(X509Certificate leaf, List<X509Certificate> given) {
        List<X509Certificate> chain = new ArrayList<>(List.of(leaf));
        for (int i = 0; i < chain.size(); i++) {
            X509Certificate certified = chain.get(i);
            for (X509Certificate one : given) {
                if (!chain.contains(one) && certifies(one, certified)) {
                    chain.add(one);
                }
            }
        }
        return chain;
    }

    /** Whether the leaf is first and each of the others certifies one before it: several may, where roots are cross-signed. */
    private static boolean isChain(List<X509Certificate> certificates, X509Certificate leaf) {
        if (!certificates.getFirst().equals(leaf)) {
            return false;
        }
        for (int i = 1; i < certificates.size(); i++) {
            X509Certificate issuer = certificates.get(i);
            if (certificates.subList(0, i).stream().noneMatch(one -> certifies(issuer, one))) {
                return false;
            }
        }
        return true;
    }

    /** By name, and by key identifier where both have one (RFC 5280, 4.2.1.1). Whether the signature is right, clients check. */
    private static boolean certifies(X509Certificate issuer, X509Certificate certificate) {
        if (!certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            return false;
        }
        Optional<byte[]> wanted = extension(certificate, Extension.authorityKeyIdentifier.getId())
                .map(value -> AuthorityKeyIdentifier.getInstance(value).getKeyIdentifierOctets());
        Optional<byte[]> there = extension(issuer, Extension.subjectKeyIdentifier.getId())
                .map(value -> SubjectKeyIdentifier.getInstance(value).getKeyIdentifier());
        return wanted.isEmpty() || there.isEmpty() || Arrays.equals(wanted.get(), there.get());
    }

    /**
     * That the root is not there is as it should be, and whether the last issuer is a root cannot be told from here. So it is
     * said only where it is all but certain: a leaf alone, not self-signed, that tells where its issuer's certificate can be
     * had (caIssuers, RFC 5280, 4.2.2.1), as those of every public authority do, which never issue from a root.
     */
    private static Optional<SecretModel.Remark> missing(List<X509Certificate> chain, Authorities authorities) {
        X509Certificate leaf = chain.getFirst();
        if (chain.size() > 1 || certifies(leaf, leaf) || !tellsItsIssuer(leaf) || issuedByRoot(leaf, authorities)) {
            return Optional.empty();
        }
        return Optional.of(new SecretModel.Remark(
                Reasons.CERTIFICATE_CHAIN_INCOMPLETE,
                "has a tls.crt with the leaf alone; the certificate of its issuer, "
                        + leaf.getIssuerX500Principal().getName()
                        + ", seems to be missing and many clients will refuse it: add it after the leaf"));
    }

    private static boolean tellsItsIssuer(X509Certificate leaf) {
        return tells(leaf, AccessDescription.id_ad_caIssuers);
    }

    /** Whether the leaf says who can be asked whether it was revoked (id-ad-ocsp, RFC 5280, 4.2.2.1). */
    boolean hasResponder() {
        return tells(leaf(), AccessDescription.id_ad_ocsp);
    }

    private static boolean tells(X509Certificate leaf, ASN1ObjectIdentifier method) {
        return extension(leaf, Extension.authorityInfoAccess.getId())
                .map(value -> Arrays.stream(
                                AuthorityInformationAccess.getInstance(value).getAccessDescriptions())
                        .anyMatch(one -> one.getAccessMethod().equals(method)))
                .orElse(false);
    }

    private static boolean issuedByRoot(X509Certificate leaf, Authorities authorities) {
        if (!(authorities instanceof Authorities.Usable(var trusted, var _))) {
            return false;
        }
        return trusted.stream().anyMatch(der -> {
            try {
                X509CertificateHolder one = new X509CertificateHolder(der.toByteArray());
                return one.getSubject().equals(one.getIssuer())
                        && Arrays.equals(
                                one.getSubject().getEncoded(),
                                leaf.getIssuerX500Principal().getEncoded());
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** The value of an extension; empty if it is not there or cannot be read, which is for clients to complain about. */
    private static Optional<byte[]> extension(X509Certificate certificate, String oid) {
        byte[] wrapped = certificate.getExtensionValue(oid);
        return wrapped == null
                ? Optional.empty()
                : Optional.of(ASN1OctetString.getInstance(wrapped).getOctets());
    }

    private static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }
}

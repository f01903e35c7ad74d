package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretParser.UnusableException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.TreeSet;

/** The certificates of who may issue others, in a key {@code ca.crt}; or why there are none. */
public sealed interface Authorities {

    /** Where they stand, in a ConfigMap as in a Secret; the Gateway API has it alike. */
    String KEY = "ca.crt";

    /** Where their revocation lists stand, if there are any; ingress-nginx has it alike. */
    String REVOCATIONS = "ca.crl";

    /**
     * Some.
     *
     * @param certificates DER, sorted, each once; never empty
     * @param revocationLists DER, sorted, each once
     */
    record Usable(List<ByteString> certificates, List<ByteString> revocationLists) implements Authorities {}

    /** @param message what is wrong with the object that should hold them, and what to do */
    record Unusable(String message) implements Authorities {}

    /**
     * Reads PEM; empty if the key is not there.
     *
     * @param crl PEM of revocation lists
     */
    static Authorities read(String pem, String crl) {
        // They stand in the shard of every upstream that trusts them. Who trusts the public ones need not list them.
        int most = 64;
        if (pem.isEmpty()) {
            return new Unusable("has no " + KEY + "; put the PEM certificates of the issuers there");
        }
        try {
            List<PemBlock> blocks = PemBlock.read(pem, KEY);
            if (blocks.isEmpty()) {
                return new Unusable("has a " + KEY + " without a PEM block -----BEGIN CERTIFICATE-----");
            }
            if (blocks.size() > most) {
                return new Unusable("has " + blocks.size() + " certificates in " + KEY + "; at most " + most
                        + " may be trusted: put the issuers there that are meant, and leave the annotation out where the"
                        + " public ones are");
            }
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            TreeSet<ByteString> certificates = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
            for (PemBlock block : blocks) {
                if (!block.label().equals("CERTIFICATE")) {
                    return new Unusable("has a " + KEY + " with a block of " + block.label()
                            + "; only CERTIFICATE blocks belong there");
                }
                factory.generateCertificate(block.der().newInput());
                certificates.add(block.der());
            }
            return new Usable(List.copyOf(certificates), revocationLists(factory, crl));
        } catch (UnusableException e) {
            return new Unusable(e.reason());
        } catch (CertificateException e) {
            return new Unusable("has a " + KEY + " with a certificate that cannot be read; put PEM certificates there");
        }
    }

    private static List<ByteString> revocationLists(CertificateFactory factory, String pem) throws UnusableException {
        TreeSet<ByteString> lists = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
        for (PemBlock block : PemBlock.read(pem, REVOCATIONS)) {
            if (!block.label().equals("X509 CRL")) {
                throw new UnusableException("has a " + REVOCATIONS + " with a block of " + block.label()
                        + "; only X509 CRL blocks belong there");
            }
            try {
                factory.generateCRL(block.der().newInput());
            } catch (CRLException e) {
                throw new UnusableException(
                        "has a " + REVOCATIONS + " with a list that cannot be read; put PEM lists there");
            }
            lists.add(block.der());
        }
        if (lists.isEmpty() && !pem.isBlank()) {
            throw new UnusableException("has a " + REVOCATIONS + " without a PEM block -----BEGIN X509 CRL-----");
        }
        return List.copyOf(lists);
    }
}

package dev.gatehouse.controller.ocsp;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.StatusConfigMap;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A certificate whose issuer can be asked about it.
 *
 * @param name under which the answer is kept
 * @param leaf the certificate
 * @param issuer who has signed it
 * @param responder who is to be asked (RFC 5280, 4.2.2.1)
 */
record Subject(String name, X509CertificateHolder leaf, X509CertificateHolder issuer, URI responder) {

    /**
     * That of a chain; empty if its leaf names no responder, as those of many authorities do today, or its issuer is not there.
     *
     * @param chain DER, leaf first
     */
    static Optional<Subject> of(List<ByteString> chain) {
        try {
            if (chain.size() < 2) {
                return Optional.empty();
            }
            X509CertificateHolder leaf = new X509CertificateHolder(chain.get(0).toByteArray());
            X509CertificateHolder issuer =
                    new X509CertificateHolder(chain.get(1).toByteArray());
            return responder(leaf)
                    .map(responder -> new Subject(StatusConfigMap.name(chain.get(0)), leaf, issuer, responder));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<URI> responder(X509CertificateHolder leaf) {
        AuthorityInformationAccess access = AuthorityInformationAccess.fromExtensions(leaf.getExtensions());
        return access == null
                ? Optional.empty()
                : Arrays.stream(access.getAccessDescriptions())
                        .filter(one -> one.getAccessMethod().equals(AccessDescription.id_ad_ocsp))
                        .map(AccessDescription::getAccessLocation)
                        .filter(place -> place.getTagNo() == GeneralName.uniformResourceIdentifier)
                        .map(place -> URI.create(place.getName().toString()))
                        .findFirst();
    }
}

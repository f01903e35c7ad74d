package dev.gatehouse.controller.ocsp;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.CertificateStatus;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Writes requests and judges answers (RFC 6960, 3.2 and 4.2.2): what is not shown to be true is not believed. */
final class OcspAnswer {
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private OcspAnswer() {}

    /** The request about a certificate, DER. Without a nonce, which would keep responders from answering out of their memory. */
    static byte[] request(Subject subject) throws OcspException {
        try {
            return new OCSPReqBuilder()
                    .addRequest(new CertificateID(
                            digests().get(CertificateID.HASH_SHA1),
                            subject.issuer(),
                            subject.leaf().getSerialNumber()))
                    .build()
                    .getEncoded();
        } catch (IOException | OCSPException | OperatorCreationException e) {
            throw new OcspException("no request can be made for it", e);
        }
    }

    /**
     * What an answer says of a certificate.
     *
     * @throws OcspException if it says nothing that could be believed
     */
    static CertificateStatus judge(byte[] der, Subject subject, Instant now) throws OcspException {
        try {
            OCSPResp response = new OCSPResp(der);
            if (response.getStatus() != OCSPResp.SUCCESSFUL) {
                throw new OcspException("the responder refuses to answer (status " + response.getStatus() + ")");
            }
            if (!(response.getResponseObject() instanceof BasicOCSPResp answer)) {
                throw new OcspException("the answer is of an unknown kind");
            }
            if (!signed(answer, subject.issuer(), now)) {
                throw new OcspException("the answer is not signed by the certificate's issuer or whom it has named");
            }
            return status(der, about(answer, subject), now);
        } catch (IOException | OCSPException | RuntimeException e) {
            throw new OcspException("the answer is no OCSP response", e);
        } catch (CertException | OperatorCreationException | GeneralSecurityException e) {
            throw new OcspException("the answer's signature cannot be checked", e);
        }
    }

    private static SingleResp about(BasicOCSPResp answer, Subject subject) throws OcspException, OCSPException {
        for (SingleResp one : answer.getResponses()) {
            if (one.getCertID().getSerialNumber().equals(subject.leaf().getSerialNumber())
                    && one.getCertID().matchesIssuer(subject.issuer(), digests())) {
                return one;
            }
        }
        throw new OcspException("the answer is about another certificate");
    }

    private static CertificateStatus status(byte[] der, SingleResp one, Instant now) throws OcspException {
        Instant thisUpdate = one.getThisUpdate().toInstant();
        if (thisUpdate.isAfter(now.plus(CLOCK_SKEW))) {
            throw new OcspException("the answer is of the future: " + thisUpdate);
        }
        if (one.getNextUpdate() != null && !one.getNextUpdate().toInstant().isAfter(now)) {
            throw new OcspException("the answer ended at " + one.getNextUpdate().toInstant());
        }
        if (one.getCertStatus() instanceof RevokedStatus revoked) {
            return new CertificateStatus.Revoked(revoked.getRevocationTime().toInstant());
        }
        if (one.getCertStatus() != null) { // null is Bouncy Castle's word for good
            throw new OcspException("the responder does not know the certificate");
        }
        if (one.getNextUpdate() == null) {
            throw new OcspException("the answer does not say until when it is good");
        }
        return new CertificateStatus.Good(
                ByteString.copyFrom(der), thisUpdate, one.getNextUpdate().toInstant());
    }

    /** By the issuer itself, or by whom it has made a certificate for that (RFC 6960, 4.2.2.2). */
    private static boolean signed(BasicOCSPResp answer, X509CertificateHolder issuer, Instant now)
            throws CertException, OperatorCreationException, GeneralSecurityException {
        if (signedBy(answer, issuer)) {
            return true;
        }
        for (X509CertificateHolder delegate : List.of(answer.getCerts())) {
            if (isDelegate(delegate, issuer, now) && signedBy(answer, delegate)) {
                return true;
            }
        }
        return false;
    }

    /** False as well where the signature is of another kind than the key: a delegate's key need not be of the issuer's kind. */
    private static boolean signedBy(BasicOCSPResp answer, X509CertificateHolder signer) {
        try {
            return answer.isSignatureValid(verifier(signer));
        } catch (OCSPException | OperatorCreationException | GeneralSecurityException e) {
            return false;
        }
    }

    private static boolean isDelegate(X509CertificateHolder one, X509CertificateHolder issuer, Instant now)
            throws CertException, OperatorCreationException, GeneralSecurityException {
        Extensions extensions = one.getExtensions();
        ExtendedKeyUsage usage = extensions == null ? null : ExtendedKeyUsage.fromExtensions(extensions);
        return usage != null
                && Arrays.asList(usage.getUsages()).contains(KeyPurposeId.id_kp_OCSPSigning)
                && one.isValidOn(Date.from(now))
                && one.getIssuer().equals(issuer.getSubject())
                && one.isSignatureValid(verifier(issuer));
    }

    private static ContentVerifierProvider verifier(X509CertificateHolder signer)
            throws OperatorCreationException, GeneralSecurityException {
        try {
            return new JcaContentVerifierProviderBuilder().build(signer);
        } catch (java.security.cert.CertificateException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static DigestCalculatorProvider digests() throws OCSPException {
        try {
            return new JcaDigestCalculatorProviderBuilder().build();
        } catch (OperatorCreationException e) {
            throw new OCSPException("every Java platform has SHA-1", e);
        }
    }
}

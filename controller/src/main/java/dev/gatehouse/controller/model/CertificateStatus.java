package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.time.Instant;

/** What the issuer of a certificate says of it (OCSP, RFC 6960). */
public sealed interface CertificateStatus {

    /**
     * It holds.
     *
     * @param response DER of the whole answer, verified
     * @param thisUpdate from when the answer is good
     * @param nextUpdate until when
     */
    record Good(ByteString response, Instant thisUpdate, Instant nextUpdate) implements CertificateStatus {

        @Override
        public String toString() {
            return "good until " + nextUpdate;
        }
    }

    /** It was revoked. */
    record Revoked(Instant since) implements CertificateStatus {}
}

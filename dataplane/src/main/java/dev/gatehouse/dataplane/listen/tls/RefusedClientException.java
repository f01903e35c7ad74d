package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.policy.ClientVerdict;
import java.security.cert.CertificateException;

/** Carries why a client's certificate was refused through the engine. */
final class RefusedClientException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final ClientVerdict verdict;

    RefusedClientException(ClientVerdict verdict) {
        super(verdict.sentence());
        this.verdict = verdict;
    }

    ClientVerdict verdict() {
        return verdict;
    }
}

package dev.gatehouse.dataplane.forward.tls;

import java.security.cert.CertificateException;

/** A backend's certificate is not good enough; the message says what was found and what was expected. */
final class BackendCertificateException extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final CertificateProblem problem;

    BackendCertificateException(CertificateProblem problem, String message) {
        super(message);
        this.problem = problem;
    }

    CertificateProblem problem() {
        return problem;
    }
}

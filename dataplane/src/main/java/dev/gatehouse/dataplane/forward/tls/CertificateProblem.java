package dev.gatehouse.dataplane.forward.tls;

/** Which check a backend's certificate did not pass. */
enum CertificateProblem {
    /** It is expired or not yet valid, or one above it is. */
    EXPIRED,
    /** Nobody who is trusted has issued it. */
    UNTRUSTED,
    /** It is made out to somebody else. */
    NAME
}

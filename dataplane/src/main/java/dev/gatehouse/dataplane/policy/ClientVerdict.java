package dev.gatehouse.dataplane.policy;

/** What was found of a client's certificate. The code labels the metric and stands in the log. */
public enum ClientVerdict {
    HOLDS("", "The certificate holds."),
    MISSING("client-certificate-missing", "The host requires a client certificate, and the client has none."),
    UNTRUSTED(
            "client-certificate-untrusted",
            "The client's certificate was issued by none of the authorities that the host trusts."),
    EXPIRED("client-certificate-expired", "The client's certificate has expired."),
    NOT_YET_VALID("client-certificate-not-yet-valid", "The client's certificate is not valid yet."),
    WRONG_USAGE(
            "client-certificate-usage",
            "The client's certificate is not made for clients: its extended key usage leaves out client authentication, or its"
                    + " key usage digital signatures."),
    REVOKED("client-certificate-revoked", "The client's certificate, or one of its issuers, was revoked."),
    UNDETERMINED(
            "client-certificate-crl-missing",
            "The host has revocation lists, and none of the issuer of the client's certificate that holds today.");

    private final String code;
    private final String sentence;

    ClientVerdict(String code, String sentence) {
        this.code = code;
        this.sentence = sentence;
    }

    /** The stable, lower-case code that a person can look up in docs/reasons.md; empty for {@link #HOLDS}. */
    public String code() {
        return code;
    }

    /** One sentence that explains the code. */
    public String sentence() {
        return sentence;
    }
}

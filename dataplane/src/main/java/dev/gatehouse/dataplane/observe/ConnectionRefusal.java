package dev.gatehouse.dataplane.observe;

/** Why a connection was closed before its first request could be read. The code labels the metric. */
public enum ConnectionRefusal {
    TOO_MANY("too-many-connections", "The listener has as many connections as `maxConnections` allows."),
    PROXY_UNTRUSTED("proxy-protocol-untrusted", "The peer is none of the listener's `trustedProxies`."),
    PROXY_MISSING(
            "proxy-protocol-missing", "A trusted peer began the connection with something other than a PROXY header."),
    PROXY_INVALID(
            "proxy-protocol-invalid",
            "The PROXY header is malformed, cut off, longer than 4096 bytes, not of a TCP connection, or its checksum is wrong."),
    PROXY_TIMEOUT("proxy-protocol-timeout", "The PROXY header did not arrive within the listener's header timeout."),
    TLS_UNKNOWN_NAME(
            "tls-unknown-name",
            "The TLS client named a host that the fleet does not have, or none, and `unknownName` is `Refuse`."),
    TLS_FAILED(
            "tls-handshake-failed",
            "TLS with the client failed: most often it has no version or cipher suite in common, or does not trust the"
                    + " certificate.");

    private final String code;
    private final String sentence;

    ConnectionRefusal(String code, String sentence) {
        this.code = code;
        this.sentence = sentence;
    }

    /** The stable, lower-case code that a person can look up in docs/reasons.md. */
    public String code() {
        return code;
    }

    /** One sentence that explains the code. */
    public String sentence() {
        return sentence;
    }
}

package dev.gatehouse.dataplane.proxyprotocol;

/** Why a connection to a listener with PROXY protocol was closed before it began. The code labels the metric. */
public enum ProxyRefusal {
    UNTRUSTED("proxy-protocol-untrusted", "The peer is none of the listener's `trustedProxies`."),
    MISSING("proxy-protocol-missing", "A trusted peer began the connection with something other than a PROXY header."),
    INVALID(
            "proxy-protocol-invalid",
            "The PROXY header is malformed, cut off, longer than 4096 bytes, not of a TCP connection, or its checksum is wrong."),
    TIMEOUT("proxy-protocol-timeout", "The PROXY header did not arrive within the listener's header timeout.");

    private final String code;
    private final String sentence;

    ProxyRefusal(String code, String sentence) {
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

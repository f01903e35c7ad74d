package dev.gatehouse.dataplane.observe;

/** Why a TLS connection that was passed through to a backend ended. The code labels the metric. */
public enum PassthroughEnd {
    CLOSED("closed", "Both sides have closed it, or one has, and takes nothing more."),
    CLIENT_RESET("client-reset", "The client broke it off (RST)."),
    BACKEND_RESET("backend-reset", "The backend broke it off (RST)."),
    IDLE("tunnel-idle", "Neither side has sent anything for an hour, or for the rule's `timeouts.idle`."),
    HALF_CLOSED(
            "half-closed", "One side had closed, and the other sent nothing for the listener's `timeouts.request`."),
    SHUT_DOWN("shut-down", "The data plane ended, and had waited for as long as it may.");

    private final String code;
    private final String sentence;

    PassthroughEnd(String code, String sentence) {
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

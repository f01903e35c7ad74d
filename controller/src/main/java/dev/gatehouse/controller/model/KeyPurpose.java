package dev.gatehouse.controller.model;

import java.time.Duration;

/** What the controllers share keys for. */
public enum KeyPurpose {
    /** TLS clients that come back. */
    SESSION_TICKETS(
            "session-tickets",
            "keys of session tickets",
            Duration.ofHours(12),
            "clients come back with full handshakes"),
    /** Cookies that name a client's endpoint. */
    STICKY_SESSIONS(
            "sticky-sessions", "keys of sticky sessions", Duration.ofDays(30), "every sticky session may move, once");

    private final String code;
    private final String what;
    private final Duration period;
    private final String price;

    KeyPurpose(String code, String what, Duration period, String price) {
        this.code = code;
        this.what = what;
        this.period = period;
        this.price = price;
    }

    /** For names: of a Secret behind {@code gatehouse-}, of its type, of a thread. */
    public String code() {
        return code;
    }

    /** For people. */
    public String what() {
        return what;
    }

    /** How long a key is given out with. It is known for as long before, and understood for as long after. */
    public Duration period() {
        return period;
    }

    /** What it costs to lose the keys. */
    public String price() {
        return price;
    }
}

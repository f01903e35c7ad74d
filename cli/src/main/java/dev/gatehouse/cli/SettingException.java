package dev.gatehouse.cli;

/** A setting or an argument cannot be used. The message is for the person who gave it; no stack trace is shown. */
final class SettingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SettingException(String message) {
        super(message);
    }

    /** What that person reads. */
    String told() {
        return "gatehouse: " + getMessage();
    }
}

package dev.gatehouse.controller.folder;

/** A file cannot be taken over. */
final class BrokenFileException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final String reason;

    BrokenFileException(int line, String reason) {
        super(reason, null, false, false);
        this.line = line;
        this.reason = reason;
    }

    int line() {
        return line;
    }

    String reason() {
        return reason;
    }
}

package dev.gatehouse.controller.ocsp;

/** There is no answer that can be used. The message says why and is fit for logs: nothing of the answer stands in it. */
final class OcspException extends Exception {
    private static final long serialVersionUID = 1L;

    OcspException(String message) {
        super(message);
    }

    OcspException(String message, Throwable cause) {
        super(message, cause);
    }
}

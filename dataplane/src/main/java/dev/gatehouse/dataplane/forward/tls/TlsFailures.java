package dev.gatehouse.dataplane.forward.tls;

import dev.gatehouse.dataplane.http1.Reason;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Tells from an exception which part of TLS with a backend has failed. Pure. */
public final class TlsFailures {
    private static final int MAX_DETAIL = 300;

    private TlsFailures() {}

    /** Of a handshake, or of a connection right behind it. Empty: TLS has nothing to do with it. */
    public static Optional<Reason> reason(Throwable failure) {
        boolean tls = false;
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BackendCertificateException e) {
                return Optional.of(
                        switch (e.problem()) {
                            case EXPIRED -> Reason.BACKEND_CERTIFICATE_EXPIRED;
                            case UNTRUSTED -> Reason.BACKEND_CERTIFICATE_UNTRUSTED;
                            case NAME -> Reason.BACKEND_CERTIFICATE_NAME;
                        });
            }
            if (cause instanceof SslHandshakeTimeoutException) {
                return Optional.of(Reason.CONNECT_TIMEOUT);
            }
            if (isAlert(cause)) {
                return Optional.of(Reason.BACKEND_TLS_REFUSED);
            }
            // A write behind the end is a close, whatever the layer.
            tls |= cause instanceof SSLException && !(cause instanceof SslClosedEngineException);
        }
        return tls ? Optional.of(Reason.BACKEND_TLS_FAILED) : Optional.empty();
    }

    /** What a person can do something with: the innermost message. */
    public static String detail(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String text = innermost.getClass().getSimpleName() + ": " + innermost.getMessage();
        // A backend's certificate says what it likes.
        String harmless = text.replaceAll("[^ -~]", "?").replace('"', '\'');
        return harmless.length() <= MAX_DETAIL ? harmless : harmless.substring(0, MAX_DETAIL) + "...";
    }

    /** The JDK has no type for an alert that came from the other side. */
    private static boolean isAlert(Throwable cause) {
        String message = cause.getMessage();
        return cause instanceof SSLException
                && message != null
                && message.toLowerCase(Locale.ROOT).contains("received fatal alert");
    }
}

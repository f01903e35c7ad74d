package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseWriter;
import java.util.Set;

/** The statuses of gRPC that answers of Gatehouse's own have; the numbers are gRPC's. The table is in docs/grpc.md. Pure. */
public enum GrpcStatus {
    CANCELLED(1),
    UNKNOWN(2),
    DEADLINE_EXCEEDED(4),
    PERMISSION_DENIED(7),
    RESOURCE_EXHAUSTED(8),
    UNIMPLEMENTED(12),
    INTERNAL(13),
    UNAVAILABLE(14);

    private static final Set<String> LATE = Set.of(
            Reason.REQUEST_TIMEOUT.code(),
            Reason.FIRST_BYTE_TIMEOUT.code(),
            Reason.IDLE_TIMEOUT.code(),
            Reason.TRY_TIMEOUT.code());

    private final int number;

    GrpcStatus(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /**
     * What stands for an answer with this HTTP status and reason. Where the backend has ended the stream, that is gRPC's mapping of
     * HTTP/2 error codes ("Errors" in gRPC over HTTP/2). Otherwise it is what gRPC's clients make of the HTTP status ("HTTP to
     * gRPC Status Code Mapping"), but for times and limits, which have statuses of their own that no HTTP status leads to.
     */
    public static GrpcStatus of(int httpStatus, String reason) {
        if (httpStatus == 502) {
            return ofBackend(reason);
        }
        if (LATE.contains(reason)) {
            return DEADLINE_EXCEEDED;
        }
        return switch (httpStatus) {
            case 400 -> INTERNAL;
            case 404, 501 -> UNIMPLEMENTED;
            case 408 -> DEADLINE_EXCEEDED;
            case 413, 431 -> RESOURCE_EXHAUSTED;
            // 504 that is left is a connection that could not be opened in time: nothing was sent.
            case 503, 504 -> UNAVAILABLE;
            default -> UNKNOWN;
        };
    }

    private static GrpcStatus ofBackend(String reason) {
        if (reason.equals(Reason.BACKEND_RESET.code())) {
            return INTERNAL;
        }
        if (reason.equals(Reason.BACKEND_CANCELLED.code())) {
            return CANCELLED;
        }
        if (reason.equals(Reason.BACKEND_CALMING.code())) {
            return RESOURCE_EXHAUSTED;
        }
        return reason.equals(Reason.BACKEND_SECURITY.code()) ? PERMISSION_DENIED : UNAVAILABLE;
    }

    /** What stands in {@code grpc-message}: plain ASCII without percent signs, which need no encoding. */
    public static String message(int httpStatus, String reason) {
        return httpStatus + " " + ResponseWriter.phrase(httpStatus) + ": " + reason;
    }
}

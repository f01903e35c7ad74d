package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.FieldSection;

/** What a client's request is to gRPC, if anything, and how it stands. Used for one request after another; one thread. */
public final class GrpcCall {
    private GrpcKind kind = GrpcKind.NONE;
    private boolean answering;
    private long begunNanos;
    private long timeoutNanos = GrpcTimeout.NONE;

    /** Forgets the request before. */
    public void reset() {
        kind = GrpcKind.NONE;
        answering = false;
    }

    /** Begins with a request; whatever could be read of its head says what the client understands. */
    public void begin(FieldSection head) {
        kind = GrpcKind.of(head);
        if (kind != GrpcKind.NONE) {
            begunNanos = System.nanoTime();
            timeoutNanos = GrpcTimeout.nanos(head);
        }
    }

    public GrpcKind kind() {
        return kind;
    }

    /** The backend's answer begins. */
    public void answer(FieldSection head) {
        answering = kind == GrpcKind.GRPC && GrpcKind.of(head) == GrpcKind.GRPC;
    }

    /** Whether an answer has begun that is one of gRPC, so that its client looks for a status at its end. */
    public boolean isAnswering() {
        return answering;
    }

    /** The status that stands for a failure of this call, which may be that the client's time is over. */
    public GrpcStatus status(int httpStatus, String reason) {
        boolean over = timeoutNanos != GrpcTimeout.NONE && System.nanoTime() - begunNanos >= timeoutNanos;
        return over && httpStatus >= 502 && httpStatus <= 504
                ? GrpcStatus.DEADLINE_EXCEEDED
                : GrpcStatus.of(httpStatus, reason);
    }
}

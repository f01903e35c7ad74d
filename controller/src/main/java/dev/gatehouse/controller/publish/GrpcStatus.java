package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.wire.Frames;
import io.vertx.core.http.HttpServerResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The status codes of gRPC that are used here, by their numbers. */
enum GrpcStatus {
    OK(0),
    INVALID_ARGUMENT(3),
    NOT_FOUND(5),
    PERMISSION_DENIED(7),
    UNAVAILABLE(14),
    UNAUTHENTICATED(16);

    private final int code;

    GrpcStatus(int code) {
        this.code = code;
    }

    /** Ends a call with this status; the message is percent-encoded as gRPC asks. */
    void end(HttpServerResponse response, String message) {
        if (response.ended() || response.closed()) {
            return;
        }
        String encoded = URLEncoder.encode(message, StandardCharsets.UTF_8).replace("+", "%20");
        if (response.headWritten()) {
            response.putTrailer("grpc-status", String.valueOf(code)).putTrailer("grpc-message", encoded);
        } else {
            response.putHeader("content-type", Frames.CONTENT_TYPE)
                    .putHeader("grpc-status", String.valueOf(code))
                    .putHeader("grpc-message", encoded);
        }
        response.end();
    }
}

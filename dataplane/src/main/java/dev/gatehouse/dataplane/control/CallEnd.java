package dev.gatehouse.dataplane.control;

import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.http.HttpClientResponse;
import java.util.Optional;

/**
 * How the controller ended a call.
 *
 * @param message for people
 */
record CallEnd(GrpcStatus status, String message) {

    /** Reads trailers, or headers where there are no others ("Trailers-Only"); call it when the response has ended. */
    static CallEnd of(HttpClientResponse response) {
        String status = either(response, GrpcStatus.HEADER).orElse("none");
        return new CallEnd(
                GrpcStatus.ofCode(status),
                GrpcStatus.decodeMessage(
                        either(response, GrpcStatus.MESSAGE_HEADER).orElse("")));
    }

    private static Optional<String> either(HttpClientResponse response, String name) {
        return Optional.ofNullable(response.getHeader(name)).or(() -> Optional.ofNullable(response.getTrailer(name)));
    }
}

package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** Ends gRPC calls on Vert.x requests. */
final class GrpcCall {

    private static final long NO_ERROR = 0;

    private GrpcCall() {}

    /** Ends a call with a status: as trailers if anything was sent, else as headers alone ("Trailers-Only"). */
    static void end(HttpServerRequest request, GrpcStatus status, String message) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        String code = String.valueOf(status.code());
        String encoded = GrpcStatus.encodeMessage(message);
        if (response.headWritten()) {
            response.putTrailer(GrpcStatus.HEADER, code).putTrailer(GrpcStatus.MESSAGE_HEADER, encoded);
        } else {
            response.putHeader("content-type", Frames.CONTENT_TYPE)
                    .putHeader(GrpcStatus.HEADER, code)
                    .putHeader(GrpcStatus.MESSAGE_HEADER, encoded);
        }
        // What the peer goes on to send is of no use to anybody (RFC 9113, section 8.1).
        response.end().onComplete(done -> response.reset(NO_ERROR));
    }
}

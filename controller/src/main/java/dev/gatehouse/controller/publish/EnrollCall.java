package dev.gatehouse.controller.publish;

import dev.gatehouse.snapshot.proto.EnrollRequest;
import dev.gatehouse.snapshot.proto.EnrollResponse;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of {@code Enroll}: a message, an answer. Event loop only. */
final class EnrollCall {

    private static final Logger LOG = LoggerFactory.getLogger(EnrollCall.class);

    private final HttpServerRequest request;
    private final Frames<EnrollRequest> frames = new Frames<>(EnrollRequest.parser(), Frames.MAX_ENROLMENT);
    private final List<EnrollRequest> received = new ArrayList<>();
    private boolean ended;

    /** What makes the answer. */
    interface Handler {
        EnrollResponse answer(EnrollRequest message) throws Enrolment.RefusedException;
    }

    EnrollCall(HttpServerRequest request) {
        this.request = request;
    }

    /** Reads the message, however it comes in, and answers it once. */
    void answer(Handler handler) {
        request.exceptionHandler(failure -> ended = true);
        request.handler(this::read);
        request.endHandler(nothing -> {
            if (!ended && received.size() == 1) {
                answer(handler, received.getFirst());
            } else {
                end(GrpcStatus.INVALID_ARGUMENT, "one message is expected");
            }
        });
        request.resume();
    }

    private void read(Buffer bytes) {
        if (ended) {
            return;
        }
        try {
            received.addAll(frames.feed(bytes.getBytes()));
            if (received.size() > 1) {
                end(GrpcStatus.INVALID_ARGUMENT, "one message is expected");
            }
        } catch (Frames.FramingException e) {
            end(e.status(), String.valueOf(e.getMessage()));
        }
    }

    private void answer(Handler handler, EnrollRequest message) {
        try {
            byte[] response = Frames.encode(handler.answer(message));
            request.response().putHeader("content-type", Frames.CONTENT_TYPE).write(Buffer.buffer(response));
            end(GrpcStatus.OK, "");
        } catch (Enrolment.RefusedException e) {
            LOG.warn(
                    "event=enrolment_refused peer={} status={} reason=\"{}\"",
                    request.remoteAddress(),
                    e.status(),
                    e.getMessage());
            end(e.status(), String.valueOf(e.getMessage()));
        }
    }

    private void end(GrpcStatus status, String message) {
        if (!ended) {
            ended = true;
            GrpcCall.end(request, status, message);
        }
    }
}

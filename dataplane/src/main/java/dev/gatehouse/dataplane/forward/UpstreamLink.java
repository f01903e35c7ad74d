package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import io.netty.buffer.ByteBuf;

/**
 * What one request has of a connection to a backend, whatever its protocol: the connection itself or a stream of it. Event
 * loop only; buffers are valid during the call.
 */
interface UpstreamLink {
    /**
     * Sends the request as far as it is known.
     *
     * @param bytes an HTTP/1.1 head, and what of the body came already, in chunks if {@link UpstreamRequest#isChunked}; it stays
     *     the request's
     * @param complete whether that is all
     */
    void send(ByteBuf bytes, boolean complete);

    /** Sends a part of the body. Whether the {@link RequestBuffer} now holds that part too, so that it can still be sent again. */
    boolean data(ByteBuf in, int from, int length);

    /** Ends the request. Whether the {@link RequestBuffer} still holds all of it. */
    boolean end(FieldSection trailers);

    /** Whether data goes out now. */
    boolean isWritable();

    /** Stops or resumes the reading of the response. */
    void readResponse(boolean reading);

    /** The request needs this no longer; an unfinished response is not read to its end. */
    void abandon();

    /**
     * The request needs this no longer, as with {@link #abandon}, and wants another answer than the one whose head has just come:
     * a little that is left of that may be read, for a connection that carries one exchange at a time to be kept.
     */
    default void decline() {
        abandon();
    }

    /** Whether a request went over this connection before, so that the backend may have closed it meanwhile. */
    boolean used();
}

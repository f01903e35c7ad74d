package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import java.util.SplittableRandom;

/** Scratch memory of a loop for reading header blocks. What it returns is valid until the next block. One thread. */
public final class HeadReader {
    private final RequestAssembler request;
    private final ResponseAssembler response = new ResponseAssembler();
    private final TrailerAssembler trailers = new TrailerAssembler();
    private final FieldSection section = new FieldSection();

    public HeadReader(SplittableRandom random) {
        request = new RequestAssembler(random);
    }

    /** Decodes a request's head. It may be malformed or too large: ask it. */
    public RequestAssembler request(
            HpackDecoder hpack, byte[] block, int from, int end, boolean endStream, HeadLimits limits) {
        request.reset(limits);
        hpack.decode(block, from, end, request);
        request.endStream(endStream);
        request.finish();
        return request;
    }

    /** Decodes a response's head. It may be malformed or too large: ask it. */
    public ResponseAssembler response(
            HpackDecoder hpack, byte[] block, int from, int end, boolean endStream, HeadLimits limits) {
        response.reset(limits);
        hpack.decode(block, from, end, response);
        response.endStream(endStream);
        response.finish();
        return response;
    }

    /**
     * Decodes a trailer section.
     *
     * @throws Http2Exception for the stream if it is malformed or too large
     */
    public FieldSection trailers(int streamId, HpackDecoder hpack, byte[] block, int from, int end, HeadLimits limits) {
        trailers.reset(limits);
        hpack.decode(block, from, end, trailers);
        trailers.finish();
        if (trailers.malformed()
                || trailers.tooLarge()
                || !section.parseTrailers(trailers.bytes(), trailers.length(), limits)) {
            throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "malformed trailers");
        }
        return section;
    }

    /** Decodes a block that nobody wants, for the tables' sake. */
    public static void skip(HpackDecoder hpack, byte[] block, int from, int end) {
        hpack.decode(block, from, end, (name, nameFrom, nameLength, value, valueFrom, valueLength) -> {});
    }
}

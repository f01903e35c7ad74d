package dev.gatehouse.snapshot.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads length-prefixed messages out of a stream of bytes (gRPC over HTTP/2, "Length-Prefixed-Message": one byte that
 * tells of compression, four bytes of length, the message). Not thread-safe: one per stream and direction.
 */
public final class Frames<M extends MessageLite> {

    /** Path of the call that gives a data plane what it is to serve. */
    public static final String STREAM_PATH = "/gatehouse.snapshot.v1.SnapshotPush/Stream";

    /** Path of the call that gives a data plane its certificate. */
    public static final String ENROLL_PATH = "/gatehouse.snapshot.v1.SnapshotPush/Enroll";

    public static final String CONTENT_TYPE = "application/grpc+proto";

    /** Longest message either side accepts, in bytes. */
    public static final int MAX_MESSAGE = 16 * 1024 * 1024;

    /** Longest message of an enrolment, in bytes: it comes from those who have not yet proved who they are. */
    public static final int MAX_ENROLMENT = 16 * 1024;

    private static final int PREFIX = 5;

    private final Parser<M> parser;
    private final int maxMessage;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private int needed = PREFIX;

    public Frames(Parser<M> parser, int maxMessage) {
        this.parser = parser;
        this.maxMessage = maxMessage;
    }

    /** The peer does not keep to the protocol; the stream is to be ended with this status. */
    public static final class FramingException extends Exception {
        private static final long serialVersionUID = 1L;

        private final GrpcStatus status;

        FramingException(GrpcStatus status, String message) {
            super(message);
            this.status = status;
        }

        public GrpcStatus status() {
            return status;
        }
    }

    /** One message with its prefix. */
    public static byte[] encode(MessageLite message) {
        int size = message.getSerializedSize();
        byte[] frame = new byte[PREFIX + size];
        ByteBuffer.wrap(frame).put((byte) 0).putInt(size);
        CodedOutputStream body = CodedOutputStream.newInstance(frame, PREFIX, size);
        try {
            message.writeTo(body);
        } catch (IOException e) {
            throw new IllegalStateException("an array of the computed size cannot overflow", e);
        }
        body.checkNoSpaceLeft();
        return frame;
    }

    /**
     * Takes the next bytes; the result is the messages they complete, often none.
     *
     * @throws FramingException if a message is compressed, longer than allowed, or not of the expected type
     */
    public List<M> feed(byte[] bytes) throws FramingException {
        pending.writeBytes(bytes);
        if (pending.size() < needed) {
            return List.of();
        }
        List<M> messages = new ArrayList<>();
        byte[] all = pending.toByteArray();
        int at = 0;
        while (all.length - at >= PREFIX) {
            int length = length(all, at);
            needed = PREFIX + length;
            if (all.length - at < needed) {
                break;
            }
            messages.add(parse(all, at + PREFIX, length));
            at += PREFIX + length;
            needed = PREFIX;
        }
        if (at > 0) {
            pending.reset();
            pending.writeBytes(Arrays.copyOfRange(all, at, all.length));
        }
        return messages;
    }

    private int length(byte[] all, int at) throws FramingException {
        if (all[at] != 0) {
            throw new FramingException(GrpcStatus.UNIMPLEMENTED, "compressed messages are not spoken here");
        }
        int length = ByteBuffer.wrap(all, at + 1, 4).getInt();
        if (length < 0 || length > maxMessage) {
            throw new FramingException(
                    GrpcStatus.RESOURCE_EXHAUSTED,
                    "a message of " + Integer.toUnsignedString(length) + " bytes is longer than the " + maxMessage
                            + " allowed");
        }
        return length;
    }

    private M parse(byte[] all, int from, int length) throws FramingException {
        try {
            return parser.parseFrom(all, from, length);
        } catch (InvalidProtocolBufferException e) {
            throw new FramingException(GrpcStatus.INVALID_ARGUMENT, "a message cannot be decoded: " + e.getMessage());
        }
    }
}

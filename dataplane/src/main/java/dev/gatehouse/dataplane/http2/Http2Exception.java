package dev.gatehouse.dataplane.http2;

/** The peer broke the protocol: the end of a stream or of the connection. Has no stack trace: it is the peer's mistake. */
public final class Http2Exception extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int CONNECTION = 0;

    private final ErrorCode code;
    private final int streamId;

    private Http2Exception(int streamId, ErrorCode code, String message) {
        super(message, null, false, false);
        this.streamId = streamId;
        this.code = code;
    }

    /** Ends the connection (RFC 9113, 5.4.1). */
    public static Http2Exception connection(ErrorCode code, String message) {
        return new Http2Exception(CONNECTION, code, message);
    }

    /** Ends one stream (RFC 9113, 5.4.2). */
    public static Http2Exception stream(int streamId, ErrorCode code, String message) {
        return new Http2Exception(streamId, code, message);
    }

    public ErrorCode code() {
        return code;
    }

    /** 0 for the connection. */
    public int streamId() {
        return streamId;
    }
}

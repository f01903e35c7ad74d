package dev.gatehouse.dataplane.http2;

/** The frame types and flags of RFC 9113, 6, as they stand on the wire. */
public final class FrameType {
    public static final int HEADER_BYTES = 9;

    /** What both sides may send without asking (RFC 9113, 4.2); we ask for no more. */
    public static final int MAX_PAYLOAD_BYTES = 16_384;

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int END_STREAM = 0x1;
    public static final int ACK = 0x1;
    public static final int END_HEADERS = 0x4;
    public static final int PADDED = 0x8;
    public static final int PRIORITIZED = 0x20;

    private FrameType() {}
}

package dev.gatehouse.dataplane.http2;

/** The parameters that SETTINGS frames carry (RFC 9113, 6.5.2; RFC 8441, 3), by their numbers. Pure. */
public final class Setting {
    public static final int ENABLE_PUSH = 2;
    public static final int MAX_CONCURRENT_STREAMS = 3;
    public static final int INITIAL_WINDOW_SIZE = 4;
    public static final int MAX_HEADER_LIST_SIZE = 6;
    public static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final int MAX_FRAME_SIZE = 5;

    private static final int LARGEST_FRAME_SIZE = 16_777_215;

    private Setting() {}

    /** @throws Http2Exception if the parameter cannot have this value */
    public static void check(int id, long value) {
        switch (id) {
            case ENABLE_PUSH -> need(value <= 1, ErrorCode.PROTOCOL_ERROR);
            case INITIAL_WINDOW_SIZE -> need(value <= Integer.MAX_VALUE, ErrorCode.FLOW_CONTROL_ERROR);
            case MAX_FRAME_SIZE ->
                need(value >= FrameType.MAX_PAYLOAD_BYTES && value <= LARGEST_FRAME_SIZE, ErrorCode.PROTOCOL_ERROR);
            default -> {} // of the others nobody can be wrong, and who does not know one ignores it
        }
    }

    /** @throws Http2Exception if what follows from a parameter does not hold */
    public static void need(boolean holds, ErrorCode otherwise) {
        if (!holds) {
            throw Http2Exception.connection(otherwise, "a setting that is out of bounds");
        }
    }
}

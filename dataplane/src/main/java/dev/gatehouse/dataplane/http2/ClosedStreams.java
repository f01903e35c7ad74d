package dev.gatehouse.dataplane.http2;

/**
 * How the streams ended that were closed last: what still arrives for one means different things (RFC 9113, 5.1). Bounded; one
 * thread.
 */
public final class ClosedStreams {
    /** How a stream ended. */
    public enum End {
        /** Too long ago, or never opened. */
        UNKNOWN,
        /** Both sides had said everything, or the peer reset it: it must not send any more. */
        BY_PEER,
        /** We reset it: what was on its way is to be ignored. */
        BY_US
    }

    private static final int REMEMBERED = 128;

    private final int[] ids = new int[REMEMBERED];
    private int next;

    public void add(int streamId, End end) {
        ids[next] = end == End.BY_US ? -streamId : streamId;
        next = (next + 1) % REMEMBERED;
    }

    public End end(int streamId) {
        for (int id : ids) {
            if (id == streamId) {
                return End.BY_PEER;
            }
            if (id == -streamId) {
                return End.BY_US;
            }
        }
        return End.UNKNOWN;
    }
}

package dev.gatehouse.dataplane.http2;

/**
 * The two windows of a stream, or of a connection as a whole (RFC 9113, 5.2): how much may be sent to the peer, and how much the peer
 * may send. One thread.
 */
public final class FlowWindows {
    /** Of both sides, before either has said anything. */
    public static final int DEFAULT_BYTES = 65_535;

    private int send;
    private int receive;
    private int full;
    private int credit;

    /**
     * Begins.
     *
     * @param sendBytes what the peer takes
     * @param receiveBytes what there is room for here
     */
    public void open(int sendBytes, int receiveBytes) {
        send = sendBytes;
        receive = receiveBytes;
        full = receiveBytes;
        credit = 0;
    }

    /** How much may be sent; less than nothing if the peer has taken room back. */
    public int send() {
        return send;
    }

    public void sent(int bytes) {
        send -= bytes;
    }

    /** The peer gives more room, or takes some back. False if the window would grow beyond what there may be (RFC 9113, 6.9.1). */
    public boolean widen(int bytes) {
        if (send + (long) bytes > Integer.MAX_VALUE) {
            return false;
        }
        send += bytes;
        return true;
    }

    /** The peer has sent something. False if it is more than the window allows. */
    public boolean received(int bytes) {
        receive -= bytes;
        return receive >= 0;
    }

    /**
     * Gives room back to the peer that its data no longer takes. How much the peer is to be told of now: not each piece, but half the
     * window at a time; 0 for nothing.
     */
    public int credit(int bytes) {
        credit += bytes;
        if (credit < full / 2) {
            return 0;
        }
        int told = credit;
        receive += told;
        credit = 0;
        return told;
    }
}

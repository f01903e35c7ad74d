package dev.gatehouse.dataplane.listen;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;

/** Whether a client has closed its side, and whether it is still there to read what it asked for. Event loop only. */
final class InputEnd {
    private static final int TCP_CLOSE = 7;
    private static final int LOOK_MILLIS = 1_000;

    /** How long an answer may pause to a client that ended within it. */
    private static final int QUIET_MILLIS = 3_000;

    private boolean seen;
    private boolean withinAnswer;
    private long sentMillis;
    private long lookMillis = Long.MAX_VALUE;

    /** @param answering whether a part of an answer was sent before */
    void seen(boolean answering, long nowMillis) {
        seen = true;
        withinAnswer = answering;
        sentMillis = nowMillis;
        lookMillis = nowMillis;
    }

    /** More of the answer was sent. */
    void sent(long nowMillis) {
        sentMillis = nowMillis;
    }

    /**
     * Who half-closes does so behind the request. An end within an answer that then pauses, as a stream of events does, is that
     * of a client that has left: without an octet to send, nothing else would tell.
     */
    boolean isLeaving(long nowMillis) {
        return withinAnswer && nowMillis - sentMillis >= QUIET_MILLIS;
    }

    boolean isSeen() {
        return seen;
    }

    /** Netty does not tell of a reset behind the end, and only writing would: so the kernel is asked, once a second. */
    boolean isBehindReset(Channel channel, long nowMillis) {
        if (nowMillis < lookMillis) {
            return false;
        }
        lookMillis = nowMillis + LOOK_MILLIS;
        // A closed channel may still be here for the rest of the loop's turn: nothing can be asked of it.
        return channel.isActive()
                && channel instanceof EpollSocketChannel epoll
                && epoll.tcpInfo().state() == TCP_CLOSE;
    }
}

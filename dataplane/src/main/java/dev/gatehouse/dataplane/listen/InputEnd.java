package dev.gatehouse.dataplane.listen;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;

/** Whether a client has closed its side, and whether it is still there to read what it asked for. Event loop only. */
final class InputEnd {
    private static final int TCP_CLOSE = 7;
    private static final int LOOK_MILLIS = 1_000;

    private boolean seen;
    private long lookMillis = Long.MAX_VALUE;

    void seen(long nowMillis) {
        seen = true;
        lookMillis = nowMillis;
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
        return channel instanceof EpollSocketChannel epoll && epoll.tcpInfo().state() == TCP_CLOSE;
    }
}

package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;

/** Tells a client that has said hello, and with whom there are no keys yet, that there will be no connection. */
public final class TlsAlert {
    /** Something is wrong that has nothing to do with the client (RFC 8446, 6.2). */
    public static final int INTERNAL_ERROR = 80;

    static final int DECODE_ERROR = 50;
    static final int UNRECOGNIZED_NAME = 112;

    private static final int ALERT = 21;
    private static final int FATAL = 2;

    private TlsAlert() {}

    /** Sends a plaintext record (RFC 8446, 5.1), which is what the client reads before there are keys, and closes. */
    @SuppressWarnings("FutureReturnValueIgnored") // A failed write or close ends in channelInactive.
    public static void close(Channel channel, int alert) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ALERT, 3, 3, 0, 2, FATAL, (byte) alert}))
                .addListener(ChannelFutureListener.CLOSE);
    }
}

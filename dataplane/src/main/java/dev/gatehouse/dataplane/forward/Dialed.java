package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;
import io.netty.channel.ChannelInboundHandler;

/** A connection that a {@link Dialer} opens. Event loop only. */
interface Dialed extends ChannelInboundHandler {
    void connected();

    void failed(Reason reason);
}

package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.ResponseHead;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** What a {@link HttpProbe} sends, and what it makes of the answer. Of one answer after another; event loop only. */
interface Question {

    /** Writes the head, in HTTP/1.1's form. */
    void head(HeadBuffer out);

    /** The body; empty: none. */
    byte[] body();

    /** An answer begins. */
    void answered(ResponseHead head);

    void data(ByteBuf in, int from, int length);

    /** What is wrong with the answer, which is whole now; empty: nothing. */
    String verdict(FieldSection trailers);

    /** What stands in Host unless something else is asked for: the address, as kubelet has it. */
    static String host(InetSocketAddress address) {
        String host = address.isUnresolved()
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        int zone = host.indexOf('%');
        String bare = zone < 0 ? host : host.substring(0, zone);
        return (bare.contains(":") ? "[" + bare + "]" : bare) + ":" + address.getPort();
    }

    /** Octets of text. */
    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import io.netty.buffer.ByteBuf;

/** The client's side of an exchange, whatever its protocol. Event loop only; arguments are valid during the call. */
public interface Downstream {
    /** The two ends of the client's connection, as the client sees them. */
    ProxiedAddresses addresses();

    /** Passes a 1xx response on, if the client's protocol has them. */
    void informational(ResponseHead head);

    /** Begins the response. */
    void responseHead(ResponseHead head, AddedFields added);

    /** The backend has opened a WebSocket: from now on octets pass both ways as they are. */
    void switchProtocols(ResponseHead head, AddedFields added);

    /** Whether the request asked for a tunnel by other means than an upgrade: then no 2xx but the backend's 101 may open it. */
    boolean extendedConnect();

    /** Passes on a part of the body. */
    void responseData(ByteBuf in, int from, int length);

    /** Ends the response. The exchange is over when this is called. */
    void responseEnd(FieldSection trailers);

    /** Answers by Gatehouse itself, with further fields; nothing of a response was sent before. Returns the bytes of its body. */
    int answer(OwnAnswer answer, AddedFields added);

    /** Gives up a response that was begun and cannot be completed: the client must see that it is incomplete, and why if its protocol has a word for it. */
    void abort(Reason reason);

    /** Stops or resumes the reading of the request body. */
    void readRequestBody(boolean reading);

    /** Whether the client takes data now; otherwise the exchange waits for {@link Exchange#downstreamWritable}. */
    boolean isWritable();
}

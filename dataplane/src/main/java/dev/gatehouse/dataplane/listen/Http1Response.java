package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Downstream;
import dev.gatehouse.dataplane.forward.Outlet;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http1.ResponseHead.Framing;
import dev.gatehouse.dataplane.http1.ResponseWriter;
import dev.gatehouse.dataplane.http1.ResponseWriter.Persistence;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import io.netty.buffer.ByteBuf;

/**
 * A response as it goes out to an HTTP/1 client: how its body is framed in the client's version, and whether the connection outlives it
 * (RFC 9112, 6 and 9.3). Reused by its connection for one request after another. Event loop only.
 */
final class Http1Response implements Downstream {
    private static final byte[] NOTHING = {};

    private final Worker worker;
    private final ClientConnection connection;
    private final Outlet outlet;
    private boolean toHead;
    private boolean http10;
    private boolean keepsAlive;
    private boolean chunked;
    private boolean untilClose;

    Http1Response(Worker worker, ClientConnection connection, Outlet outlet) {
        this.worker = worker;
        this.connection = connection;
        this.outlet = outlet;
    }

    /** The request that is to be answered. */
    void begin(RequestHead head) {
        toHead = head.method().equals("HEAD");
        http10 = head.http10();
    }

    /** A request is to be answered of which nothing is known. */
    void beginUnread() {
        toHead = false;
        http10 = false;
    }

    /** Whether nothing but the end of the connection tells the client that the response is complete. */
    boolean isUntilClose() {
        return untilClose;
    }

    @Override
    public ProxiedAddresses addresses() {
        return connection.addresses();
    }

    @Override
    public void informational(ResponseHead head) {
        if (!http10) {
            HeadBuffer out = worker.headBuffer();
            ResponseWriter.write(head, worker.noFields(), false, Persistence.IMPLIED, NOTHING, out);
            send(out);
        }
    }

    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        chunked = false;
        untilClose = false;
        keepsAlive = false;
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.switching(head, added, out);
        send(out);
        connection.switched();
    }

    @Override
    public boolean extendedConnect() {
        return false;
    }

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {
        boolean unmeasured = head.framing() == Framing.CHUNKED || head.framing() == Framing.UNTIL_CLOSE;
        chunked = unmeasured && !http10;
        untilClose = unmeasured && http10;
        keepsAlive = connection.staysOpen() && !untilClose;
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.write(head, added, chunked, persistence(), worker.dateLine(), out);
        send(out);
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        connection.sending();
        if (chunked) {
            outlet.chunk(in, from, length);
        } else {
            outlet.data(in, from, length);
        }
    }

    @Override
    public void responseEnd(FieldSection trailers) {
        if (chunked) {
            HeadBuffer out = worker.headBuffer();
            ResponseWriter.lastChunk(trailers, out);
            send(out);
        }
        connection.responded(keepsAlive);
    }

    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        chunked = false;
        untilClose = false;
        boolean tooLarge = answer.status() == Reason.BODY_TOO_LARGE.status(); // even if all of it is there already
        keepsAlive = !tooLarge && connection.staysOpen();
        HeadBuffer out = worker.headBuffer();
        int bodyLength = ResponseWriter.own(answer, added, toHead, persistence(), worker.dateLine(), out);
        send(out);
        return bodyLength;
    }

    private Persistence persistence() {
        return keepsAlive ? http10 ? Persistence.SAID : Persistence.IMPLIED : Persistence.CLOSE;
    }

    private void send(HeadBuffer out) {
        outlet.bytes(out.bytes(), 0, out.length());
    }

    @Override
    public void abort(Reason reason) {
        connection.breakOff();
    }

    @Override
    public void readRequestBody(boolean wanted) {
        connection.readRequestBody(wanted);
    }

    @Override
    public boolean isWritable() {
        return connection.isWritable();
    }
}

package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.grpc.Base64Writer;
import dev.gatehouse.dataplane.grpc.GrpcCall;
import dev.gatehouse.dataplane.grpc.GrpcKind;
import dev.gatehouse.dataplane.grpc.GrpcStatus;
import dev.gatehouse.dataplane.grpc.MessageFrames;
import dev.gatehouse.dataplane.grpc.WebTrailers;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks gRPC-Web, whatever HTTP it speaks: makes gRPC-Web of a gRPC answer, and answers of Gatehouse's own ones of
 * gRPC-Web. An answer that is not gRPC passes as it is: the backend knows gRPC-Web itself, or is no gRPC backend. For one exchange;
 * event loop only.
 */
final class GrpcWebDownstream implements Downstream {
    private static final byte[] PROTO = Octets.ascii("+proto");
    private static final byte[] NOTHING = {};

    private final Worker worker;
    private final Downstream client;
    private final GrpcKind kind;
    private final GrpcCall call = new GrpcCall();
    private final MessageFrames frames = new MessageFrames();
    /** For a client that wants text. */
    private final @Nullable Base64Writer text;

    private boolean translating;
    private byte[] ending = NOTHING;

    GrpcWebDownstream(Worker worker, Downstream client, RequestHead request) {
        this.worker = worker;
        this.client = client;
        this.kind = GrpcKind.wantedBy(request);
        this.text = kind == GrpcKind.WEB_TEXT ? new Base64Writer() : null;
        call.begin(request);
    }

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {
        if (head.status() == 200 && GrpcKind.of(head) == GrpcKind.GRPC) {
            translating = true;
            added.add(GrpcKind.CONTENT_TYPE, kind.like(head, PROTO));
            drop(head, GrpcKind.CONTENT_TYPE);
            if (head.header(WebTrailers.STATUS) >= 0) {
                // The head is the trailers too. Scripts of another origin read a head only where they are allowed to.
                ending = WebTrailers.of(head);
                drop(head, WebTrailers.STATUS);
                drop(head, WebTrailers.MESSAGE);
                drop(head, WebTrailers.DETAILS);
            }
            head.remeasure();
        }
        client.responseHead(head, added);
    }

    private static void drop(ResponseHead head, byte[] name) {
        head.drop(name, 0, name.length, 0);
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        if (!translating) {
            client.responseData(in, from, length);
            return;
        }
        Base64Writer writer = text;
        ByteBuf out = writer == null ? in : worker.allocate(Base64Writer.most(length));
        int end = from + length;
        int at = from;
        while (at < end) {
            int next = frames.next(in, at, end);
            if (writer != null) {
                writer.write(in, at, next - at, out);
                if (frames.isBetween()) {
                    writer.pad(out); // the whole message is for the client to read now
                }
            }
            at = next;
        }
        if (writer == null) {
            client.responseData(in, from, length);
        } else {
            send(out);
        }
    }

    private void send(ByteBuf out) {
        if (out.isReadable()) {
            client.responseData(out, out.readerIndex(), out.readableBytes());
        }
        out.release();
    }

    @Override
    public void responseEnd(FieldSection trailers) {
        if (!translating) {
            client.responseEnd(trailers);
            return;
        }
        if (ending.length == 0) {
            ending = trailers.header(WebTrailers.STATUS) >= 0
                    ? WebTrailers.of(trailers)
                    : WebTrailers.own(GrpcStatus.UNKNOWN, "the backend has not told the status");
        }
        end();
    }

    private void end() {
        translating = false;
        sendFrame(ending);
        client.responseEnd(FieldSection.none());
    }

    private void sendFrame(byte[] frame) {
        Base64Writer writer = text;
        ByteBuf plain = Unpooled.wrappedBuffer(frame);
        if (writer == null) {
            send(plain);
            return;
        }
        ByteBuf out = worker.allocate(Base64Writer.most(frame.length));
        writer.write(plain, 0, frame.length, out);
        writer.pad(out);
        send(out);
    }

    /** As for gRPC itself, the status of HTTP is 200, and the body tells what has happened. */
    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        int status = answer.status();
        String reason = answer.reason();
        byte[] head =
                ("HTTP/1.1 200 OK\r\ngatehouse-reason: " + reason + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        ResponseHead own = new ResponseHead();
        own.reset(0);
        own.parse(head, head.length, new HeadLimits(head.length, 1, head.length), false);
        added.add(GrpcKind.CONTENT_TYPE, kind.like(own, PROTO));
        translating = true;
        ending = WebTrailers.own(call.status(status, reason), GrpcStatus.message(status, reason));
        client.responseHead(own, added);
        return ending.length;
    }

    /** Between two messages there is a place for the status; within one, nothing but a message that is cut off is left. */
    @Override
    public void abort(Reason reason) {
        if (!translating || !frames.isBetween()) {
            client.abort(reason);
            return;
        }
        if (ending.length == 0) {
            ending = WebTrailers.own(
                    call.status(reason.status(), reason.code()), GrpcStatus.message(reason.status(), reason.code()));
        }
        end();
    }

    // ---- What is the same in every protocol

    @Override
    public ProxiedAddresses addresses() {
        return client.addresses();
    }

    @Override
    public void informational(ResponseHead head) {
        client.informational(head);
    }

    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        client.switchProtocols(head, added);
    }

    @Override
    public boolean extendedConnect() {
        return client.extendedConnect();
    }

    @Override
    public void readRequestBody(boolean reading) {
        client.readRequestBody(reading);
    }

    @Override
    public boolean isWritable() {
        return client.isWritable();
    }
}

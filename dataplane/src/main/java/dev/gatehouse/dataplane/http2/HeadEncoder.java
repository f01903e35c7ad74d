package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;

/** Writes heads as header blocks. What belongs to one connection or to HTTP/1.1 stays behind (RFC 9113, 8.2.2). Pure. */
public final class HeadEncoder {
    private static final int METHOD_GET = 2;
    private static final int METHOD_POST = 3;
    private static final int METHOD_NAME = 2;
    private static final int PATH_NAME = 4;
    private static final int AUTHORITY_NAME = 1;
    private static final int SCHEME_HTTP = 6;
    private static final int SCHEME_HTTPS = 7;
    private static final int CONTENT_LENGTH_NAME = 28;
    private static final int CONTENT_TYPE_NAME = 31;
    private static final int DATE_NAME = 33;
    private static final int TE_LENGTH = 2;
    private static final byte[] ASTERISK = {'*'};
    private static final byte[] REASON = Octets.ascii("gatehouse-reason");
    private static final byte[] CONTENT_TYPE = Octets.ascii("content-type");
    private static final byte[] CONTENT_LENGTH = Octets.ascii("content-length");
    private static final byte[] TE = Octets.ascii("te");
    private static final byte[] TRAILERS = Octets.ascii("trailers");
    private static final byte[] GRPC_STATUS = Octets.ascii("grpc-status");
    private static final byte[] GRPC_MESSAGE = Octets.ascii("grpc-message");
    private static final int DATE_LINE_NAME = 6;
    private static final int DATE_LINE_FRAME = 8;

    private HeadEncoder() {}

    /**
     * A backend's response head.
     *
     * @param dateLine a whole Date line of HTTP/1.1, used when the backend sent none
     */
    public static void response(
            HpackEncoder hpack, ResponseHead head, AddedFields added, byte[] dateLine, HeadBuffer out) {
        int status = head.status();
        hpack.begin(out);
        hpack.status(status, out);
        int leftOut = Field.HOP_BY_HOP;
        if (status < 200 || status == 204) {
            leftOut |= Field.bit(Field.CONTENT_LENGTH);
        }
        lines(hpack, head, leftOut, out);
        if (status >= 200 && !head.has(Field.bit(Field.DATE))) {
            hpack.literal(DATE_NAME, dateLine, DATE_LINE_NAME, dateLine.length - DATE_LINE_FRAME, out);
        }
        added(hpack, added, out);
    }

    /** The head that opens a WebSocket (RFC 8441, 5), from the 101 response of an HTTP/1.1 backend. */
    public static void opened(
            HpackEncoder hpack, ResponseHead head, AddedFields added, byte[] dateLine, HeadBuffer out) {
        hpack.begin(out);
        hpack.status(200, out);
        lines(hpack, head, Field.HOP_BY_HOP | Field.bit(Field.CONTENT_LENGTH), out);
        if (!head.has(Field.bit(Field.DATE))) {
            hpack.literal(DATE_NAME, dateLine, DATE_LINE_NAME, dateLine.length - DATE_LINE_FRAME, out);
        }
        added(hpack, added, out);
    }

    /** The head of an answer of Gatehouse's own. */
    public static void own(HpackEncoder hpack, OwnAnswer answer, AddedFields added, byte[] dateLine, HeadBuffer out) {
        hpack.begin(out);
        hpack.status(answer.status(), out);
        if (answer.body().length > 0) {
            hpack.literal(CONTENT_TYPE_NAME, answer.contentType(), 0, answer.contentType().length, out);
        }
        if (answer.isMeasured()) {
            byte[] length = Octets.ascii(Integer.toString(answer.body().length));
            hpack.literal(CONTENT_LENGTH_NAME, length, 0, length.length, out);
        }
        reason(hpack, answer.reason(), out);
        added(hpack, added, out);
        hpack.literal(DATE_NAME, dateLine, DATE_LINE_NAME, dateLine.length - DATE_LINE_FRAME, out);
    }

    /**
     * An answer of Gatehouse's own to a gRPC call: one head that is the trailers too (gRPC over HTTP/2, "Trailers-Only").
     *
     * @param grpcStatus the number
     */
    public static void ownGrpc(
            HpackEncoder hpack,
            byte[] contentType,
            int grpcStatus,
            String message,
            String reason,
            byte[] dateLine,
            HeadBuffer out) {
        hpack.begin(out);
        hpack.status(200, out);
        hpack.literal(CONTENT_TYPE_NAME, contentType, 0, contentType.length, out);
        grpcStatus(hpack, grpcStatus, message, reason, out);
        hpack.literal(DATE_NAME, dateLine, DATE_LINE_NAME, dateLine.length - DATE_LINE_FRAME, out);
    }

    /** Trailers of Gatehouse's own, for an answer to a gRPC call that its backend has begun and will not end. */
    public static void ownGrpcTrailers(
            HpackEncoder hpack, int grpcStatus, String message, String reason, HeadBuffer out) {
        hpack.begin(out);
        grpcStatus(hpack, grpcStatus, message, reason, out);
    }

    private static void grpcStatus(HpackEncoder hpack, int grpcStatus, String message, String reason, HeadBuffer out) {
        byte[] code = Octets.ascii(Integer.toString(grpcStatus));
        byte[] text = Octets.ascii(message);
        hpack.field(GRPC_STATUS, 0, GRPC_STATUS.length, code, 0, code.length, out);
        hpack.field(GRPC_MESSAGE, 0, GRPC_MESSAGE.length, text, 0, text.length, out);
        reason(hpack, reason, out);
    }

    private static void reason(HpackEncoder hpack, String reason, HeadBuffer out) {
        byte[] code = Octets.ascii(reason);
        hpack.field(REASON, 0, REASON.length, code, 0, code.length, out);
    }

    /** The head of a request to a backend, from the form that it has for HTTP/1.1. */
    public static void request(HpackEncoder hpack, RequestHead head, boolean tls, HeadBuffer out) {
        byte[] b = head.bytes();
        hpack.begin(out);
        switch (head.method()) {
            case "GET" -> hpack.indexed(METHOD_GET, out);
            case "POST" -> hpack.indexed(METHOD_POST, out);
            default -> hpack.literal(METHOD_NAME, b, head.methodStart(), head.methodEnd() - head.methodStart(), out);
        }
        hpack.indexed(tls ? SCHEME_HTTPS : SCHEME_HTTP, out);
        if (head.asterisk()) {
            hpack.literal(PATH_NAME, ASTERISK, 0, ASTERISK.length, out);
        } else {
            // The query stands right behind the path in what Gatehouse writes.
            hpack.literal(PATH_NAME, b, head.pathStart(), head.queryEnd() - head.pathStart(), out);
        }
        hpack.literal(AUTHORITY_NAME, b, head.authorityStart(), head.authorityEnd() - head.authorityStart(), out);
        lines(hpack, head, Field.HOP_BY_HOP | Field.bit(Field.HOST), out);
        if (head.has(Field.bit(Field.TE))) {
            hpack.field(TE, 0, TE_LENGTH, TRAILERS, 0, TRAILERS.length, out);
        }
    }

    /**
     * The head of a gRPC call, from that of a request that carries the same call in another protocol.
     *
     * @param contentType the one to use
     */
    public static void grpcRequest(
            HpackEncoder hpack, RequestHead head, boolean tls, byte[] contentType, HeadBuffer out) {
        head.drop(CONTENT_TYPE, 0, CONTENT_TYPE.length, 0);
        head.drop(CONTENT_LENGTH, 0, CONTENT_LENGTH.length, 0); // the body becomes another
        request(hpack, head, tls, out);
        hpack.literal(CONTENT_TYPE_NAME, contentType, 0, contentType.length, out);
        if (!head.has(Field.bit(Field.TE))) {
            hpack.field(TE, 0, TE_LENGTH, TRAILERS, 0, TRAILERS.length, out);
        }
    }

    /** A trailer section, without fields that may not stand there. Whether there is any. */
    public static boolean trailers(HpackEncoder hpack, FieldSection trailers, HeadBuffer out) {
        hpack.begin(out);
        int before = out.length();
        lines(hpack, trailers, Field.NOT_IN_TRAILERS, out);
        return out.length() > before;
    }

    private static void lines(HpackEncoder hpack, FieldSection section, int leftOut, HeadBuffer out) {
        byte[] b = section.bytes();
        for (int line = 0; line < section.count(); line++) {
            if ((Field.bit(section.field(line)) & leftOut) == 0 && !section.dropped(line)) {
                int name = section.nameStart(line);
                int value = section.valueStart(line);
                hpack.field(b, name, section.nameEnd(line) - name, b, value, section.valueEnd(line) - value, out);
            }
        }
    }

    private static void added(HpackEncoder hpack, AddedFields added, HeadBuffer out) {
        for (int i = 0; i < added.count(); i++) {
            byte[] name = added.name(i);
            byte[] value = added.value(i);
            hpack.field(name, 0, name.length, value, 0, value.length, out);
        }
    }
}

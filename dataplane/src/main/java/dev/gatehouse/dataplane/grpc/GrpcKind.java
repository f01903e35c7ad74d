package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;

/** Which of gRPC's protocols a message is of, by its content type (gRPC's PROTOCOL-HTTP2 and PROTOCOL-WEB). Pure. */
@SuppressWarnings("ImmutableEnumChecker") // nobody writes into the arrays
public enum GrpcKind {
    NONE("", ""),
    GRPC("application/grpc", "application/grpc"),
    /** gRPC-Web: trailers are a part of the body. */
    WEB("application/grpc-web", "application/grpc-web+proto"),
    /** gRPC-Web with a body in base64. */
    WEB_TEXT("application/grpc-web-text", "application/grpc-web-text+proto");

    private static final byte[] NAME = Octets.ascii("content-type");

    private final byte[] type;
    private final byte[] ownType;

    GrpcKind(String type, String ownType) {
        this.type = Octets.ascii(type);
        this.ownType = Octets.ascii(ownType);
    }

    /** The kind of a message with this head. */
    public static GrpcKind of(FieldSection head) {
        long value = head.header(NAME);
        return value < 0 ? NONE : of(head.bytes(), (int) (value >>> 32), (int) value);
    }

    /** The kind that a media type names: its suffix and parameters say nothing about it. */
    public static GrpcKind of(byte[] b, int from, int length) {
        int end = GRPC.endIn(b, from, length);
        if (end < 0) {
            return NONE;
        }
        if (endsName(b, end, from + length)) {
            return GRPC;
        }
        end = WEB.endIn(b, from, length);
        if (end >= 0 && endsName(b, end, from + length)) {
            return WEB;
        }
        end = WEB_TEXT.endIn(b, from, length);
        return end >= 0 && endsName(b, end, from + length) ? WEB_TEXT : NONE;
    }

    /** Where the type ends that stands at the offset; -1 if another stands there. */
    private int endIn(byte[] b, int from, int length) {
        return length >= type.length && Octets.equalsIgnoreCase(b, from, type.length, type) ? from + type.length : -1;
    }

    private static boolean endsName(byte[] b, int at, int end) {
        return at == end || b[at] == '+' || b[at] == ';' || b[at] == ' ' || b[at] == '\t';
    }

    /** Whether it is one of the two that browsers speak. */
    public boolean isWeb() {
        return this == WEB || this == WEB_TEXT;
    }

    /** The content type without suffix and parameters. */
    public byte[] type() {
        return type;
    }

    /** The content type of an answer without messages. */
    public byte[] ownType() {
        return ownType;
    }
}

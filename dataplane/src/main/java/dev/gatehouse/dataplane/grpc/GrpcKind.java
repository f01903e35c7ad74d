package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import java.util.Arrays;

/** Which of gRPC's protocols a message is of, by its content type (gRPC's PROTOCOL-HTTP2 and PROTOCOL-WEB). Pure. */
@SuppressWarnings("ImmutableEnumChecker") // nobody writes into the arrays
public enum GrpcKind {
    NONE(""),
    GRPC("application/grpc"),
    /** gRPC-Web: trailers are a part of the body. */
    WEB("application/grpc-web"),
    /** gRPC-Web with a body in base64. */
    WEB_TEXT("application/grpc-web-text");

    /** The field that says it. */
    public static final byte[] CONTENT_TYPE = Octets.ascii("content-type");

    private static final byte[] ACCEPT = Octets.ascii("accept");
    private static final byte[] NOTHING = {};

    private final byte[] type;

    GrpcKind(String type) {
        this.type = Octets.ascii(type);
    }

    /** The kind of a message with this head. */
    public static GrpcKind of(FieldSection head) {
        return of(head, CONTENT_TYPE);
    }

    /** The kind of answer that a gRPC-Web request asks for: its own, unless it accepts the other one. */
    public static GrpcKind wantedBy(FieldSection request) {
        GrpcKind accepted = of(request, ACCEPT);
        return accepted.isWeb() ? accepted : of(request);
    }

    private static GrpcKind of(FieldSection head, byte[] field) {
        long value = head.header(field);
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
        return at == end || b[at] == '+' || b[at] == ';' || b[at] == ',' || b[at] == ' ' || b[at] == '\t';
    }

    /** Whether it is one of the two that browsers speak. */
    public boolean isWeb() {
        return this == WEB || this == WEB_TEXT;
    }

    /** The content type without suffix and parameters. */
    public byte[] type() {
        return type;
    }

    /**
     * The content type of a message with the same contents as one of another kind of gRPC.
     *
     * @param suffix what names the encoding where the other does not
     */
    public byte[] like(FieldSection head, byte[] suffix) {
        long value = head.header(CONTENT_TYPE);
        byte[] named = value < 0 ? NOTHING : suffix(head.bytes(), (int) (value >>> 32), (int) value);
        byte[] added = named.length == 0 ? suffix : named;
        byte[] all = Arrays.copyOf(type, type.length + added.length);
        System.arraycopy(added, 0, all, type.length, added.length);
        return all;
    }

    /** From the plus sign up to the parameters. */
    private static byte[] suffix(byte[] b, int from, int length) {
        int at = from;
        while (at < from + length && b[at] != '+' && !endsName(b, at, from + length)) {
            at++;
        }
        int end = at;
        while (end < from + length && (b[end] == '+' || !endsName(b, end, from + length))) {
            end++;
        }
        return Arrays.copyOfRange(b, at, end);
    }
}

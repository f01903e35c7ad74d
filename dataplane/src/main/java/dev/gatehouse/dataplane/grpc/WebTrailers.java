package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Trailers as gRPC-Web has them: the last message of the body, with field lines as in HTTP/1 (gRPC's PROTOCOL-WEB). Pure. */
public final class WebTrailers {
    private static final int PREFIX = 5;
    private static final byte FLAG = (byte) 0x80;

    /** The status field, which is in every trailer section of gRPC, and in a head that is the trailers too. */
    public static final byte[] STATUS = Octets.ascii("grpc-status");

    public static final byte[] MESSAGE = Octets.ascii("grpc-message");
    public static final byte[] DETAILS = Octets.ascii("grpc-status-details-bin");

    private WebTrailers() {}

    /** The message for a trailer section, or for a head that is one. Of a head, what describes its body is not taken over. */
    public static byte[] of(FieldSection section) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (int line = 0; line < section.count(); line++) {
            boolean passes = (Field.bit(section.field(line)) & Field.NOT_IN_TRAILERS) == 0 && !section.dropped(line);
            if (passes && !isContentType(section, line)) {
                line(
                        section.bytes(),
                        section.nameStart(line),
                        section.nameEnd(line),
                        section.valueStart(line),
                        section.valueEnd(line),
                        lines);
            }
        }
        return framed(lines);
    }

    private static boolean isContentType(FieldSection section, int line) {
        int from = section.nameStart(line);
        return Octets.equalsIgnoreCase(section.bytes(), from, section.nameEnd(line) - from, GrpcKind.CONTENT_TYPE);
    }

    private static void line(
            byte[] b, int nameFrom, int nameEnd, int valueFrom, int valueEnd, ByteArrayOutputStream out) {
        for (int i = nameFrom; i < nameEnd; i++) {
            out.write(b[i] >= 'A' && b[i] <= 'Z' ? b[i] | 0x20 : b[i]);
        }
        out.write(':');
        out.write(' ');
        out.write(b, valueFrom, valueEnd - valueFrom);
        out.write('\r');
        out.write('\n');
    }

    /** The message for a call that Gatehouse ends itself. */
    public static byte[] own(GrpcStatus status, String message) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        lines.writeBytes(Octets.ascii("grpc-status: " + status.number() + "\r\ngrpc-message: " + message + "\r\n"));
        return framed(lines);
    }

    private static byte[] framed(ByteArrayOutputStream lines) {
        return ByteBuffer.allocate(PREFIX + lines.size())
                .put(FLAG)
                .putInt(lines.size())
                .put(lines.toByteArray())
                .array();
    }
}

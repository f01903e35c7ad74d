package dev.gatehouse.dataplane.listen;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads and writes messages of the random test as strictly as can be; every octet of a body is looked at. */
final class CutWire {
    /** What was read is not what the other side can have meant. */
    static final class Wrong extends IOException {
        Wrong(String message) {
            super(message);
        }
    }

    private CutWire() {}

    /** A head with its empty line; empty at the end of the connection. */
    static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (!(head.length() >= 4 && head.charAt(head.length() - 1) == '\n' && ends(head))) {
            int c = in.read();
            if (c < 0) {
                if (head.isEmpty()) {
                    return "";
                }
                throw new EOFException("within a head");
            }
            head.append((char) c);
        }
        return head.toString();
    }

    private static boolean ends(StringBuilder head) {
        return head.indexOf("\r\n\r\n", head.length() - 4) >= 0;
    }

    /** The value of a field; empty if it is not there. */
    static String field(String head, String name) {
        String wanted = "\r\n" + name + ":";
        int at = head.toLowerCase(Locale.ROOT).indexOf(wanted);
        return at < 0
                ? ""
                : head.substring(at + wanted.length(), head.indexOf("\r\n", at + 2))
                        .strip();
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("within a line");
            }
            line.append((char) c);
        }
        if (line.isEmpty() || line.charAt(line.length() - 1) != '\r') {
            throw new Wrong("a line without its end: " + line);
        }
        return line.substring(0, line.length() - 1);
    }

    /** Reads at most this many octets of the body that the head announces, and sees that they are the request's own. */
    static int body(InputStream in, String head, int id, int most) throws IOException {
        int done = 0;
        if (field(head, "transfer-encoding").equals("chunked")) {
            while (done < most) {
                int size = Integer.parseInt(line(in), 16);
                if (size == 0) {
                    if (!line(in).isEmpty()) {
                        throw new Wrong("a trailer that nobody sent");
                    }
                    return done;
                }
                done += own(in, id, done, Math.min(size, most - done));
                if (done < most && !line(in).isEmpty()) {
                    throw new Wrong("a chunk without its end");
                }
            }
            return done;
        }
        String length = field(head, "content-length");
        return length.isEmpty() ? 0 : own(in, id, 0, Math.min(Integer.parseInt(length), most));
    }

    private static int own(InputStream in, int id, int from, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != CutPlan.octet(id, from + i)) {
                throw new Wrong("octet " + (from + i) + " of the body of " + id + " is not its own");
            }
        }
        if (bytes.length < length) {
            throw new EOFException("within a body");
        }
        return length;
    }

    /** A body in chunks of different sizes. */
    static void chunks(ByteArrayOutputStream out, byte[] body) {
        int at = 0;
        for (int i = 1; at < body.length; i++) {
            int size = Math.min(body.length - at, 1 + i * i * 37 % 20_000);
            out.writeBytes((Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(body, at, size);
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
            at += size;
        }
        out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }
}

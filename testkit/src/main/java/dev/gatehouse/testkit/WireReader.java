package dev.gatehouse.testkit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads HTTP/1.1 messages off a socket in the plainest way, one byte at a time, keeping every byte as it came. */
final class WireReader {
    private final InputStream in;

    WireReader(InputStream in) {
        this.in = in;
    }

    /** A head up to and with its empty line; empty if the peer closed before its first byte. */
    String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (true) {
            int b = in.read();
            if (b < 0) {
                if (head.size() == 0) {
                    return "";
                }
                throw new EOFException("closed within a head: " + head.toString(StandardCharsets.ISO_8859_1));
            }
            head.write(b);
            if (b == '\n' && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                return head.toString(StandardCharsets.ISO_8859_1);
            }
        }
    }

    String exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("closed after " + bytes.length + " of " + length + " bytes");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int b = in.read();
            if (b < 0) {
                throw new EOFException("closed within a line: " + line);
            }
            line.append((char) b);
            if (b == '\n') {
                return line.toString();
            }
        }
    }

    /** Passes everything from here on to another stream as it comes, until the end. */
    void passOn(OutputStream out) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            out.flush();
        }
    }

    /** The body that a head announces, with its chunk framing and trailers. */
    String rawBody(String head, boolean untilClose) throws IOException {
        String length = field(head, "content-length");
        if (field(head, "transfer-encoding").equalsIgnoreCase("chunked")) {
            StringBuilder body = new StringBuilder();
            while (true) {
                String size = line();
                body.append(size);
                int bytes = Integer.parseInt(size.strip().split(";")[0], 16);
                if (bytes == 0) {
                    String trailer;
                    do {
                        trailer = line();
                        body.append(trailer);
                    } while (!trailer.equals("\r\n"));
                    return body.toString();
                }
                body.append(exactly(bytes + 2));
            }
        }
        if (!length.isEmpty()) {
            return exactly(Integer.parseInt(length));
        }
        return untilClose ? new String(in.readAllBytes(), StandardCharsets.ISO_8859_1) : "";
    }

    /** The value of the first field of this name in a head; empty if there is none. */
    static String field(String head, String name) {
        for (String line : head.split("\r\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
                return line.substring(colon + 1).strip();
            }
        }
        return "";
    }
}

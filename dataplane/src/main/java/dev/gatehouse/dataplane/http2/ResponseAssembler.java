package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Octets;

/** The head of a response (RFC 9113, 8.3.2). Shared by all connections of a loop. */
public final class ResponseAssembler extends HeadAssembler {
    private static final byte[] STATUS = Octets.ascii(":status");
    private static final byte[] CONTENT_LENGTH = Octets.ascii("content-length");
    private static final byte[] VERSION = Octets.ascii("HTTP/1.1 ");
    private static final byte[] CHUNKED = Octets.ascii("transfer-encoding: chunked\r\n");

    private int status;
    private boolean measured;
    private boolean endStream;

    @Override
    void reset(HeadLimits limits) {
        super.reset(limits);
        status = 0;
        measured = false;
    }

    @Override
    boolean pseudo(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        if (status > 0 || valueLength != 3 || !Octets.equalsIgnoreCase(name, nameFrom, nameLength, STATUS)) {
            return false;
        }
        for (int i = valueFrom; i < valueFrom + 3; i++) {
            if (value[i] < '0' || value[i] > '9') {
                return false;
            }
            status = status * 10 + value[i] - '0';
        }
        return status >= 100;
    }

    @Override
    void begin() {
        if (status == 0) {
            refuse();
        } else {
            out().append(VERSION).decimal(status).octet((byte) ' ').crlf();
        }
    }

    @Override
    void other(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        measured |= nameLength == CONTENT_LENGTH.length
                && Octets.equalsIgnoreCase(name, nameFrom, nameLength, CONTENT_LENGTH);
        line(name, nameFrom, nameLength, value, valueFrom, valueLength);
    }

    /** Says before {@link #finish} whether the response ends with its head. */
    void endStream(boolean ends) {
        endStream = ends;
    }

    @Override
    void end() {
        if (!endStream && !measured && status >= 200) {
            out().append(CHUNKED);
        }
    }

    /** Whether it says how long its body is. */
    public boolean measured() {
        return measured;
    }
}

package dev.gatehouse.dataplane.http1;

/** Puts the head together that goes to the backend. Lines that stay as they are go over in runs. Pure; one thread. */
public final class RequestWriter {
    private static final byte[] VERSION = Octets.ascii(" HTTP/1.1\r\n");
    private static final byte[] ASTERISK = {'*'};
    private static final byte[] HOST = Octets.ascii("Host: ");
    private static final byte[] HOST_NAME = Octets.ascii("host");
    private static final byte[] CHUNKED = Octets.ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] TE_TRAILERS = Octets.ascii("TE: trailers\r\nConnection: TE\r\n");
    private static final byte[] TRAILERS = Octets.ascii("trailers");
    private static final byte[] REQUEST_ID = Octets.ascii("X-Request-Id: ");
    private static final byte[] REQUEST_ID_NAME = Octets.ascii("x-request-id");
    private static final int LEFT_OUT = Field.HOP_BY_HOP | Field.PROVENANCE;

    private RequestWriter() {}

    /**
     * Writes the whole head, its empty last line included.
     *
     * @param path the path to send, or an empty array for the one of the request; an asterisk stays one
     * @param added what filters add
     * @param idHigh with idLow, the request id to use when the client sent none
     */
    public static void write(
            RequestHead head,
            byte[] path,
            AddedFields added,
            Provenance provenance,
            long idHigh,
            long idLow,
            HeadBuffer out) {
        byte[] b = head.bytes();
        int runStart = head.methodStart();
        byte[] target = head.asterisk() ? ASTERISK : path;
        if (target.length > 0 || head.rewritten()) {
            out.append(b, head.methodStart(), head.methodEnd() - head.methodStart())
                    .append(' ');
            if (target.length > 0) {
                out.append(target);
            } else {
                out.append(b, head.pathStart(), head.pathLength());
            }
            out.append(b, head.queryStart(), head.queryEnd() - head.queryStart())
                    .append(VERSION);
            runStart = head.fieldsStart();
        }
        int leftOut = LEFT_OUT;
        if (!provenance.believesClientCertificate()) {
            leftOut |= Field.bit(Field.CLIENT_CERTIFICATE);
        }
        if (head.absolute() || !head.has(Field.bit(Field.HOST))) {
            leftOut |= Field.bit(Field.HOST);
        }
        if (!head.chunked()) {
            leftOut |= Field.bit(Field.TRAILER);
        }
        boolean hostAdded = added.count() > 0 && added.has(HOST_NAME);
        if (hostAdded) {
            leftOut |= Field.bit(Field.HOST);
        }
        lines(head, leftOut, runStart, out);
        if ((leftOut & Field.bit(Field.HOST)) != 0 && !hostAdded) {
            out.append(HOST)
                    .append(b, head.authorityStart(), head.authorityEnd() - head.authorityStart())
                    .crlf();
        }
        if (head.chunked()) {
            out.append(CHUNKED);
        }
        if (head.webSocket()) {
            out.append(ResponseWriter.UPGRADE);
        }
        if (!head.webSocket() && head.has(Field.bit(Field.TE)) && wantsTrailers(head)) {
            out.append(TE_TRAILERS);
        }
        if (!head.passesOn(Field.X_REQUEST_ID) && !(added.count() > 0 && added.has(REQUEST_ID_NAME))) {
            out.append(REQUEST_ID).hex16(idHigh).hex16(idLow).crlf();
        }
        added.writeTo(out);
        provenance.write(head, out);
        out.crlf();
    }

    /** Copies the lines of a section from runStart on, without those left out; the empty last line is not copied. */
    static void lines(FieldSection head, int leftOut, int from, HeadBuffer out) {
        byte[] b = head.bytes();
        int runStart = from;
        boolean anyDropped = head.anyDropped();
        int count = head.count();
        if (anyDropped || head.has(leftOut)) {
            for (int line = 0; line < count; line++) {
                if ((Field.bit(head.field(line)) & leftOut) != 0 || (anyDropped && head.dropped(line))) {
                    out.append(b, runStart, head.nameStart(line) - runStart);
                    runStart = line + 1 < count ? head.nameStart(line + 1) : head.position();
                }
            }
        }
        int end = head.position();
        out.append(b, runStart, end - runStart);
    }

    private static boolean wantsTrailers(RequestHead head) {
        int line = head.line(Field.TE);
        int from = head.valueStart(line);
        return Octets.equalsIgnoreCase(head.bytes(), from, head.valueEnd(line) - from, TRAILERS);
    }
}

package dev.gatehouse.dataplane.http1;

import dev.gatehouse.dataplane.match.RequestView;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request head, parsed in place and judged by RFC 9112. What it accepts has one reading only: framing is unambiguous, the
 * path has no dot segment and no percent-encoded unreserved character (these are decoded in the array itself), so that what
 * is matched is what is forwarded. Reused for many heads; one thread.
 */
public final class RequestHead extends FieldSection implements RequestView {
    private static final byte[] HTTP = Octets.ascii("HTTP/");
    private static final int MAX_METHOD_BYTES = 64;

    private final RequestTarget target = new RequestTarget();
    private boolean inFields;
    private int methodStart;
    private int methodEnd;
    private int targetStart;
    private int targetEnd;
    private int fieldsStart;
    private int hostStart;
    private int hostEnd;
    private int authorityStart;
    private int authorityEnd;
    private boolean http10;
    private boolean chunked;
    private boolean keepAlive;
    private boolean webSocket;
    private long contentLength;
    private String method = "";
    private @Nullable Provenance provenance;
    private byte @Nullable [] clientAddress;

    @Override
    public void reset(int from) {
        super.reset(from);
        inFields = false;
        target.reset();
        chunked = false;
        contentLength = 0;
        provenance = null;
        clientAddress = null;
    }

    /** Says where it comes from; whoever asks for the client's address must know before. */
    public void receivedFrom(Provenance from) {
        provenance = from;
    }

    /** The address of the client, as {@link Provenance#client} finds it. */
    @Override
    public byte[] clientAddress() {
        byte[] known = clientAddress;
        if (known == null) {
            known = Objects.requireNonNull(provenance, "where the request comes from")
                    .client(this);
            clientAddress = known;
        }
        return known;
    }

    /**
     * Parses, or goes on to parse, a head that begins where {@link #reset} said.
     *
     * @return the offset behind the head, {@link #MORE} or {@link #REFUSED}
     */
    public int parse(byte[] b, int limit, HeadLimits limits) {
        int maxEnd = sectionStart() + limits.maxBytes();
        if (!inFields) {
            int state = requestLine(b, Math.min(limit, maxEnd), limits.maxUriBytes());
            if (state == MORE && limit >= maxEnd) {
                return refuse(Reason.HEAD_TOO_LARGE);
            }
            if (state < 0) {
                return state;
            }
            inFields = true;
            fieldsStart = state;
            at(b, state);
        }
        int end = parseFields(b, limit, maxEnd, limits.maxFields());
        if (end < 0) {
            return end;
        }
        Reason wrong = judge();
        return wrong == Reason.NONE ? end : refuse(wrong);
    }

    private int requestLine(byte[] b, int limit, int maxUriBytes) {
        int i = position();
        // RFC 9112, 2.2: empty lines before the request line are ignored.
        while (i < limit && b[i] == '\r') {
            if (i + 1 >= limit) {
                return MORE;
            }
            if (b[i + 1] != '\n') {
                return refuse(Reason.BAD_REQUEST_LINE);
            }
            i += 2;
            at(b, i);
        }
        methodStart = i;
        while (i < limit && Octets.isToken(b[i])) {
            i++;
            if (i - methodStart > MAX_METHOD_BYTES) {
                return refuse(Reason.BAD_REQUEST_LINE);
            }
        }
        if (i >= limit) {
            return MORE;
        }
        if (b[i] != ' ' || i == methodStart) {
            return refuse(Reason.BAD_REQUEST_LINE);
        }
        methodEnd = i++;
        targetStart = i;
        int maxTargetEnd = targetStart + maxUriBytes;
        while (i < limit && b[i] > 0x20 && b[i] != 0x7f) {
            if (i >= maxTargetEnd) {
                return refuse(Reason.URI_TOO_LONG);
            }
            i++;
        }
        if (i >= limit) {
            return MORE;
        }
        if (b[i] != ' ') {
            return refuse(b[i] == '\r' || b[i] == '\n' ? Reason.BAD_REQUEST_LINE : Reason.BAD_TARGET);
        }
        if (i == targetStart) {
            return refuse(Reason.BAD_REQUEST_LINE);
        }
        targetEnd = i++;
        for (int k = 0; k < HTTP.length; k++, i++) {
            if (i >= limit) {
                return MORE;
            }
            if (b[i] != HTTP[k]) {
                return refuse(Reason.BAD_REQUEST_LINE);
            }
        }
        if (i + 5 > limit) {
            return MORE;
        }
        if (!Octets.isDigit(b[i])
                || b[i + 1] != '.'
                || !Octets.isDigit(b[i + 2])
                || b[i + 3] != '\r'
                || b[i + 4] != '\n') {
            return refuse(Reason.BAD_REQUEST_LINE);
        }
        http10 = b[i + 2] == '0';
        if (b[i] != '1' || b[i + 2] > '1') {
            return refuse(Reason.UNSUPPORTED_VERSION);
        }
        return i + 5;
    }

    private Reason judge() {
        byte[] b = bytes();
        method = Methods.of(b, methodStart, methodEnd - methodStart);
        if (method.equals("CONNECT") || method.equals("TRACE")) {
            return Reason.METHOD_REFUSED;
        }
        Reason wrong = framing();
        if (wrong == Reason.NONE) {
            wrong = target.parse(b, targetStart, targetEnd, method);
        }
        if (wrong == Reason.NONE) {
            wrong = host(b);
        }
        int options = connectionOptions();
        keepAlive = http10
                ? (options & (OPTION_KEEP_ALIVE | OPTION_CLOSE)) == OPTION_KEEP_ALIVE
                : (options & OPTION_CLOSE) == 0;
        webSocket = !http10 && !chunked && contentLength == 0 && method.equals("GET") && asksForWebSocket(options);
        return wrong;
    }

    private Reason framing() {
        if (has(Field.bit(Field.TRANSFER_ENCODING))) {
            if (http10 || has(Field.bit(Field.CONTENT_LENGTH))) {
                return Reason.AMBIGUOUS_FRAMING;
            }
            chunked = true;
            return transferEncoding();
        }
        if (has(Field.bit(Field.CONTENT_LENGTH))) {
            contentLength = contentLengthValue();
            return contentLength < 0 ? Reason.BAD_CONTENT_LENGTH : Reason.NONE;
        }
        return Reason.NONE;
    }

    private Reason host(byte[] b) {
        boolean present = has(Field.bit(Field.HOST));
        if (repeated(Field.HOST) || (!present && !http10)) {
            return Reason.BAD_HOST;
        }
        hostStart = 0;
        hostEnd = 0;
        if (!target.isAbsolute()) {
            authorityStart = 0;
            authorityEnd = 0;
            if (!present) {
                return Reason.NONE;
            }
            authorityStart = valueStart(line(Field.HOST));
            authorityEnd = valueEnd(line(Field.HOST));
        } else {
            authorityStart = target.authorityStart();
            authorityEnd = target.authorityEnd();
            // RFC 9112, 3.2.2: the target's authority replaces the Host header, which must still be one.
            if (present && Authority.hostEnd(b, valueStart(line(Field.HOST)), valueEnd(line(Field.HOST))) < 0) {
                return Reason.BAD_HOST;
            }
        }
        int end = Authority.hostEnd(b, authorityStart, authorityEnd);
        if (end < 0) {
            return Reason.BAD_HOST;
        }
        hostStart = authorityStart;
        // A trailing dot names the same host (RFC 1034, 3.1).
        hostEnd = end - hostStart > 1 && b[end - 1] == '.' ? end - 1 : end;
        lowerCaseHost(b);
        return Reason.NONE;
    }

    private void lowerCaseHost(byte[] b) {
        // Hosts are equal whatever their case; the lower one is the normal form (RFC 9110, 4.2.3) and goes to the
        // backend too.
        for (int i = hostStart; i < hostEnd; i++) {
            byte c = b[i];
            if (c >= 'A' && c <= 'Z') {
                b[i] = (byte) (c | 0x20);
            }
        }
    }

    @Override
    public int hostStart() {
        return hostStart;
    }

    @Override
    public int hostLength() {
        return hostEnd - hostStart;
    }

    @Override
    public int pathStart() {
        return target.pathStart();
    }

    @Override
    public int pathLength() {
        return target.pathEnd() - target.pathStart();
    }

    @Override
    public String method() {
        return method;
    }

    /** Whether the body comes in chunks. */
    public boolean chunked() {
        return chunked;
    }

    /** The length of a body that does not come in chunks; 0 for none. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the client keeps the connection open after this exchange (RFC 9112, 9.3). */
    public boolean keepAlive() {
        return keepAlive;
    }

    /** Whether it asks for a WebSocket (RFC 6455, 4.1). Other upgrades are not passed on. */
    public boolean webSocket() {
        return webSocket;
    }

    public boolean http10() {
        return http10;
    }

    /** Whether the forwarded request line differs from the received one. */
    boolean rewritten() {
        return target.isRewritten() || http10;
    }

    /** Whether it asks about the host as a whole (RFC 9110, 9.3.7). Its path is then {@code /}, its target {@code *}. */
    public boolean asterisk() {
        return target.isAsterisk();
    }

    /** Whether the target named the authority itself, so that it takes the place of the Host header. */
    boolean absolute() {
        return target.isAbsolute();
    }

    public int methodStart() {
        return methodStart;
    }

    public int methodEnd() {
        return methodEnd;
    }

    int fieldsStart() {
        return fieldsStart;
    }

    @Override
    public int queryStart() {
        return target.queryStart();
    }

    @Override
    public int queryLength() {
        return target.queryEnd() - target.queryStart();
    }

    public int queryEnd() {
        return target.queryEnd();
    }

    public int authorityStart() {
        return authorityStart;
    }

    /** Writes the id that the backend gets: the client's own, or the given one. */
    public void writeRequestId(long idHigh, long idLow, HeadBuffer out) {
        if (passesOn(Field.X_REQUEST_ID)) {
            int line = line(Field.X_REQUEST_ID);
            out.append(bytes(), valueStart(line), valueEnd(line) - valueStart(line));
        } else {
            out.hex16(idHigh).hex16(idLow);
        }
    }

    /** The port that the client named; 0 if it named none. */
    public int port() {
        int colon = authorityEnd;
        while (colon > authorityStart && Octets.isDigit(bytes()[colon - 1])) {
            colon--;
        }
        if (colon == authorityStart || bytes()[colon - 1] != ':') {
            return 0;
        }
        int port = 0; // five digits at most: Authority has seen it
        for (int i = colon; i < authorityEnd; i++) {
            port = port * 10 + bytes()[i] - '0';
        }
        return port;
    }

    public int authorityEnd() {
        return authorityEnd;
    }
}

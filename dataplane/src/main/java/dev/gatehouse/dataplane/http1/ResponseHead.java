package dev.gatehouse.dataplane.http1;

/**
 * The head of a backend's response, parsed in place and judged as strictly as a request: a response whose end is not certain
 * must not reach a client (RFC 9112, 6.3). One leniency: the space behind the status code may be missing when there is no
 * reason phrase. Reused for many heads; one thread.
 */
public final class ResponseHead extends FieldSection {
    /** How a body is delimited (RFC 9112, 6.3). */
    public enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private static final byte[] LENGTH = Octets.ascii("content-length");
    private static final byte[] HTTP_1 = Octets.ascii("HTTP/1.");

    private boolean inFields;
    private int fieldsStart;
    private int phraseStart;
    private int phraseEnd;
    private int status;
    private boolean http10;
    private boolean keepAlive;
    private boolean webSocket;
    private long contentLength;
    private Framing framing = Framing.NONE;
    private boolean endsWithStream;
    private boolean streamEnded;

    @Override
    public void reset(int from) {
        super.reset(from);
        inFields = false;
        endsWithStream = false;
        streamEnded = false;
    }

    /**
     * Parses, or goes on to parse, a head that begins where {@link #reset} said.
     *
     * @param toHead whether it answers a HEAD request
     * @return the offset behind the head, {@link #MORE} or {@link #REFUSED}
     */
    public int parse(byte[] b, int limit, HeadLimits limits, boolean toHead) {
        int maxEnd = sectionStart() + limits.maxBytes();
        if (!inFields) {
            int state = statusLine(b, Math.min(limit, maxEnd));
            if (state == MORE && limit >= maxEnd) {
                return refuse(Reason.BACKEND_BAD_RESPONSE);
            }
            if (state < 0) {
                return state;
            }
            inFields = true;
            fieldsStart = state;
            at(b, state);
        }
        int end = parseFields(b, limit, maxEnd, limits.maxFields());
        if (end == MORE) {
            return MORE;
        }
        return end >= 0 && judge(toHead) ? end : refuse(Reason.BACKEND_BAD_RESPONSE);
    }

    private int statusLine(byte[] b, int limit) {
        int i = position();
        for (int k = 0; k < HTTP_1.length; k++, i++) {
            if (i >= limit) {
                return MORE;
            }
            if (b[i] != HTTP_1[k]) {
                return refuse(Reason.BACKEND_BAD_RESPONSE);
            }
        }
        if (i + 6 > limit) {
            return MORE;
        }
        http10 = b[i] == '0';
        if ((!http10 && b[i] != '1') || b[i + 1] != ' ') {
            return refuse(Reason.BACKEND_BAD_RESPONSE);
        }
        status = 0;
        for (int k = i + 2; k < i + 5; k++) {
            if (!Octets.isDigit(b[k])) {
                return refuse(Reason.BACKEND_BAD_RESPONSE);
            }
            status = status * 10 + (b[k] - '0');
        }
        i += 5;
        if (status < 100 || status > 599 || (b[i] != ' ' && b[i] != '\r')) {
            return refuse(Reason.BACKEND_BAD_RESPONSE);
        }
        phraseStart = i;
        i = Octets.valueEnd(b, i, limit);
        if (i + 1 >= limit) {
            return MORE;
        }
        if (b[i] != '\r' || b[i + 1] != '\n') {
            return refuse(Reason.BACKEND_BAD_RESPONSE);
        }
        phraseEnd = i;
        return i + 2;
    }

    private boolean judge(boolean toHead) {
        int options = connectionOptions();
        keepAlive = !http10 && (options & OPTION_CLOSE) == 0;
        webSocket = status == 101 && !http10 && asksForWebSocket(options);
        boolean encoded = has(Field.bit(Field.TRANSFER_ENCODING));
        boolean measured = has(Field.bit(Field.CONTENT_LENGTH));
        if (encoded && (measured || http10 || transferEncoding() != Reason.NONE)) {
            return false;
        }
        contentLength = measured ? contentLengthValue() : 0;
        if (contentLength < 0) {
            return false;
        }
        if (toHead || status < 200 || status == 204 || status == 304) {
            framing = Framing.NONE;
        } else if (encoded) {
            framing = Framing.CHUNKED;
        } else if (measured) {
            framing = contentLength == 0 ? Framing.NONE : Framing.LENGTH;
        } else {
            framing = Framing.UNTIL_CLOSE;
        }
        return true;
    }

    public int status() {
        return status;
    }

    /** How the body is delimited on the backend's side. */
    public Framing framing() {
        return framing;
    }

    /**
     * Says that a stream ends the body: trailers may follow whatever the head says of its length (RFC 9113, 8.1).
     *
     * @param ended whether the stream has ended with this head
     */
    public void endWithStream(boolean ended) {
        endsWithStream = true;
        streamEnded = ended;
    }

    /** Says that another body follows than the one that the head measures: how long, is not known. */
    public void remeasure() {
        endWithStream(false);
        framing = Framing.UNTIL_CLOSE;
        drop(LENGTH, 0, LENGTH.length, 0);
    }

    /** Whether neither body nor trailers follow: gRPC tells so an answer that is all trailers from one that was cut short. */
    public boolean isWhole() {
        return streamEnded || framing == Framing.NONE;
    }

    /** Whether the body is known to be over when it is as long as the head says. */
    public boolean endsByLength() {
        return framing == Framing.LENGTH && !endsWithStream;
    }

    public long contentLength() {
        return contentLength;
    }

    /** Whether the backend keeps the connection open when the body has ended. */
    public boolean keepAlive() {
        return keepAlive && framing != Framing.UNTIL_CLOSE;
    }

    /** Whether it opens a WebSocket (RFC 6455, 4.2.2). */
    public boolean webSocket() {
        return webSocket;
    }

    public boolean http10() {
        return http10;
    }

    int fieldsStart() {
        return fieldsStart;
    }

    int phraseStart() {
        return phraseStart;
    }

    int phraseEnd() {
        return phraseEnd;
    }
}

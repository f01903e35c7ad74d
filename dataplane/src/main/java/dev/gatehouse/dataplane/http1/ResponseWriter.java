package dev.gatehouse.dataplane.http1;

/** Puts the heads together that go to an HTTP/1 client. Pure; one thread. */
public final class ResponseWriter {
    /** How the connection to the client goes on, in the words that its protocol version needs. */
    public enum Persistence {
        /** Kept open, as HTTP/1.1 does without a word. */
        IMPLIED,
        /** Kept open for an HTTP/1.0 client that asked for it. */
        SAID,
        CLOSE
    }

    private static final byte[] VERSION = Octets.ascii("HTTP/1.1 ");
    private static final byte[] CHUNKED = Octets.ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] CLOSE = Octets.ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = Octets.ascii("Connection: keep-alive\r\n");
    private static final byte[] CONTENT_TYPE = Octets.ascii("Content-Type: ");
    private static final byte[] CONTENT_LENGTH = Octets.ascii("Content-Length: ");
    private static final byte[] REASON = Octets.ascii("gatehouse-reason: ");

    static final byte[] UPGRADE = Octets.ascii("Connection: Upgrade\r\nUpgrade: websocket\r\n");
    private static final byte[] LAST_CHUNK = Octets.ascii("0\r\n");

    private ResponseWriter() {}

    /**
     * Writes the whole head, its empty last line included.
     *
     * @param chunked whether the body goes out in chunks
     * @param dateLine a whole Date line, used when the backend sent none (RFC 9110, 6.6.1)
     */
    public static void write(
            ResponseHead head,
            AddedFields added,
            boolean chunked,
            Persistence persistence,
            byte[] dateLine,
            HeadBuffer out) {
        int runStart = statusLine(head, out);
        int leftOut = Field.HOP_BY_HOP;
        int status = head.status();
        if (status < 200 || status == 204) {
            // RFC 9110, 8.6: no Content-Length in 1xx and 204.
            leftOut |= Field.bit(Field.CONTENT_LENGTH);
        }
        if (!chunked) {
            leftOut |= Field.bit(Field.TRAILER);
        }
        RequestWriter.lines(head, leftOut, runStart, out);
        if (chunked) {
            out.append(CHUNKED);
        }
        if (status >= 200) {
            if (!head.passesOn(Field.DATE)) {
                out.append(dateLine);
            }
            persistence(persistence, out);
        }
        added.writeTo(out);
        out.crlf();
    }

    /** Begins the status line where it does not stay as it is, and returns from where on the head does. */
    private static int statusLine(ResponseHead head, HeadBuffer out) {
        boolean bare = head.phraseEnd() == head.phraseStart();
        if (!bare && !head.http10()) {
            return head.sectionStart();
        }
        out.append(VERSION).decimal(head.status());
        if (bare) {
            // RFC 9112, 4: the space stands there even where no phrase follows.
            out.append(' ');
        }
        return head.phraseStart();
    }

    /** Writes the head of a 101 response that opens a WebSocket. */
    public static void switching(ResponseHead head, AddedFields added, HeadBuffer out) {
        RequestWriter.lines(
                head,
                Field.HOP_BY_HOP | Field.bit(Field.CONTENT_LENGTH) | Field.bit(Field.TRAILER),
                statusLine(head, out),
                out);
        out.append(UPGRADE);
        added.writeTo(out);
        out.crlf();
    }

    private static void persistence(Persistence persistence, HeadBuffer out) {
        switch (persistence) {
            case IMPLIED -> {}
            case SAID -> out.append(KEEP_ALIVE);
            case CLOSE -> out.append(CLOSE);
        }
    }

    /** Writes a whole answer of Gatehouse's own; the body is left out for HEAD. Returns the length of what is written of it. */
    public static int own(
            OwnAnswer answer,
            AddedFields added,
            boolean toHead,
            Persistence persistence,
            byte[] dateLine,
            HeadBuffer out) {
        byte[] body = answer.body();
        out.append(VERSION)
                .decimal(answer.status())
                .append(' ')
                .append(Octets.ascii(phrase(answer.status())))
                .crlf();
        if (body.length > 0) {
            out.append(CONTENT_TYPE).append(answer.contentType()).crlf();
        }
        if (answer.isMeasured()) {
            out.append(CONTENT_LENGTH).decimal(body.length).crlf();
        }
        out.append(REASON).append(Octets.ascii(answer.reason())).crlf();
        added.writeTo(out);
        out.append(dateLine);
        persistence(persistence, out);
        out.crlf();
        if (toHead) {
            return 0;
        }
        out.append(body);
        return body.length;
    }

    /** Writes the last chunk of a body and its trailer section (RFC 9112, 7.1). */
    public static void lastChunk(FieldSection trailers, HeadBuffer out) {
        out.append(LAST_CHUNK);
        trailers(trailers, out);
    }

    /** Writes a trailer section with the fields that may be trailers (RFC 9110, 6.5.1), its empty last line included. */
    public static void trailers(FieldSection trailers, HeadBuffer out) {
        if (trailers.count() > 0) {
            RequestWriter.lines(trailers, Field.NOT_IN_TRAILERS, 0, out);
        }
        out.crlf();
    }

    /** The reason phrase of a status that Gatehouse answers with. */
    public static String phrase(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 201 -> "Created";
            case 202 -> "Accepted";
            case 204 -> "No Content";
            case 301 -> "Moved Permanently";
            case 302 -> "Found";
            case 303 -> "See Other";
            case 304 -> "Not Modified";
            case 307 -> "Temporary Redirect";
            case 308 -> "Permanent Redirect";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 408 -> "Request Timeout";
            case 409 -> "Conflict";
            case 410 -> "Gone";
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 418 -> "I'm a teapot";
            case 421 -> "Misdirected Request";
            case 422 -> "Unprocessable Content";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 451 -> "Unavailable For Legal Reasons";
            case 500 -> "Internal Server Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            default -> status < 300 ? "OK" : status < 400 ? "Redirect" : "Error";
        };
    }
}

package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Octets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The head of a request (RFC 9113, 8.3.1). An extended CONNECT for WebSocket (RFC 8441) becomes the upgrade that HTTP/1.1 has
 * in its place. Shared by all connections of a loop.
 */
public final class RequestAssembler extends HeadAssembler {
    private static final byte[] METHOD = Octets.ascii(":method");
    private static final byte[] SCHEME = Octets.ascii(":scheme");
    private static final byte[] PATH = Octets.ascii(":path");
    private static final byte[] AUTHORITY = Octets.ascii(":authority");
    private static final byte[] PROTOCOL = Octets.ascii(":protocol");
    private static final byte[] CONNECT = Octets.ascii("connect");
    private static final byte[] WEBSOCKET = Octets.ascii("websocket");
    private static final byte[] GET = Octets.ascii("GET");
    private static final byte[] OPTIONS = Octets.ascii("OPTIONS");
    private static final byte[] COOKIE = Octets.ascii("cookie");
    private static final byte[] KEY = Octets.ascii("sec-websocket-key");
    private static final byte[] CONTENT_LENGTH = Octets.ascii("content-length");
    private static final byte[] VERSION = Octets.ascii(" HTTP/1.1\r\n");
    private static final byte[] HOST_LINE = Octets.ascii("host: ");
    private static final byte[] COOKIE_LINE = Octets.ascii("cookie: ");
    private static final byte[] CRUMB = Octets.ascii("; ");
    private static final byte[] CHUNKED = Octets.ascii("transfer-encoding: chunked\r\n");
    private static final byte[] UPGRADE =
            Octets.ascii("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ");

    private final HeadBuffer cookies = new HeadBuffer();
    private final SplittableRandom random;
    private int methodAt;
    private int methodLength;
    private int pathAt;
    private int pathLength;
    private int authorityAt;
    private int authorityLength;
    private boolean scheme;
    private boolean protocol;
    private boolean webSocket;
    private boolean measured;
    private boolean endStream;
    private boolean connect;

    /** @param random for WebSocket keys, which are no secret (RFC 6455, 10.3) */
    public RequestAssembler(SplittableRandom random) {
        this.random = random;
    }

    @Override
    void reset(HeadLimits limits) {
        super.reset(limits);
        cookies.clear();
        methodLength = 0;
        pathLength = 0;
        authorityLength = -1;
        scheme = false;
        protocol = false;
        webSocket = false;
        measured = false;
        connect = false;
    }

    @Override
    boolean pseudo(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        if (valueLength == 0) {
            return false;
        }
        if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, METHOD)) {
            if (methodLength > 0 || !isToken(value, valueFrom, valueLength)) {
                return false;
            }
            methodLength = valueLength;
            methodAt = keep(value, valueFrom, valueLength);
        } else if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, PATH)) {
            if (pathLength > 0 || hasSpace(value, valueFrom, valueLength)) {
                return false;
            }
            pathLength = valueLength;
            pathAt = keep(value, valueFrom, valueLength);
        } else if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, AUTHORITY)) {
            if (authorityLength >= 0) {
                return false;
            }
            authorityLength = valueLength;
            authorityAt = keep(value, valueFrom, valueLength);
        } else if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, SCHEME)) {
            if (scheme) {
                return false;
            }
            scheme = true;
        } else if (Octets.equalsIgnoreCase(name, nameFrom, nameLength, PROTOCOL)) {
            if (protocol) {
                return false;
            }
            protocol = true;
            webSocket = Octets.equalsIgnoreCase(value, valueFrom, valueLength, WEBSOCKET);
        } else {
            return false;
        }
        return true;
    }

    private static boolean isToken(byte[] b, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (!Octets.isToken(b[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasSpace(byte[] b, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (b[i] == ' ' || b[i] == '\t') {
                return true;
            }
        }
        return false;
    }

    @Override
    void begin() {
        byte[] kept = kept();
        connect = methodLength == CONNECT.length
                && Octets.equalsIgnoreCase(kept, methodAt, methodLength, CONNECT)
                && kept[methodAt] == 'C';
        if (methodLength == 0 || (protocol && !connect)) {
            refuse();
            return;
        }
        if (connect && !protocol) {
            // RFC 9113, 8.5: a plain CONNECT has an authority and nothing else.
            if (scheme || pathLength > 0 || authorityLength < 0) {
                refuse();
            }
            return;
        }
        boolean asterisk = pathLength == 1
                && kept[pathAt] == '*'
                && Arrays.equals(kept, methodAt, methodAt + methodLength, OPTIONS, 0, OPTIONS.length);
        if (!scheme || pathLength == 0 || (kept[pathAt] != '/' && !asterisk)) {
            refuse();
            return;
        }
        HeadBuffer out = out();
        if (connect) {
            out.append(GET);
        } else {
            out.append(kept, methodAt, methodLength);
        }
        out.octet((byte) ' ').append(kept, pathAt, pathLength).append(VERSION);
        if (authorityLength >= 0) {
            out.append(HOST_LINE).append(kept, authorityAt, authorityLength).crlf();
        }
        if (webSocket) {
            out.append(UPGRADE).append(key()).crlf();
        }
    }

    private byte[] key() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return java.util.Base64.getEncoder().encode(bytes);
    }

    /** RFC 9113, 8.3.1: Host must not say anything else than the authority. */
    @Override
    void host(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        if (authorityLength < 0) {
            line(name, nameFrom, nameLength, value, valueFrom, valueLength);
            return;
        }
        boolean same = valueLength == authorityLength;
        for (int i = 0; same && i < valueLength; i++) {
            same = lower(value[valueFrom + i]) == lower(kept()[authorityAt + i]);
        }
        if (!same) {
            refuse();
        }
    }

    private static int lower(byte c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    @Override
    void other(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        if (nameLength == COOKIE.length && Octets.equalsIgnoreCase(name, nameFrom, nameLength, COOKIE)) {
            // RFC 9113, 8.2.3: crumbs are put together for everything that is not HTTP/2.
            cookies.append(cookies.length() == 0 ? COOKIE_LINE : CRUMB).append(value, valueFrom, valueLength);
            return;
        }
        if (webSocket && Octets.equalsIgnoreCase(name, nameFrom, nameLength, KEY)) {
            return; // RFC 8441, 5: it has no meaning here, and the backend gets one of ours.
        }
        measured |= nameLength == CONTENT_LENGTH.length
                && Octets.equalsIgnoreCase(name, nameFrom, nameLength, CONTENT_LENGTH);
        line(name, nameFrom, nameLength, value, valueFrom, valueLength);
    }

    /** Says before {@link #finish} whether the request ends with its head. */
    void endStream(boolean ends) {
        endStream = ends;
    }

    @Override
    void end() {
        if (cookies.length() > 0) {
            out().append(cookies.bytes(), 0, cookies.length()).crlf();
        }
        if (webSocket) {
            if (endStream || measured) {
                refuse(); // A CONNECT has no content (RFC 9110, 9.3.6): all that follows is the WebSocket's.
            }
        } else if (!endStream && !measured) {
            out().append(CHUNKED);
        }
    }

    /** Whether it is a CONNECT that is none for WebSocket. */
    public boolean refusedConnect() {
        return connect && !webSocket;
    }

    /** Whether it asks for a WebSocket (RFC 8441). */
    public boolean webSocket() {
        return webSocket;
    }

    /** Whether it says how long its body is. */
    public boolean measured() {
        return measured;
    }
}

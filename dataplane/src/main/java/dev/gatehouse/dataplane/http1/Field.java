package dev.gatehouse.dataplane.http1;

/** The header fields that a proxy has to know, as small numbers. Everything else is {@link #OTHER}. */
public final class Field {
    public static final int OTHER = 0;
    public static final int HOST = 1;
    public static final int CONTENT_LENGTH = 2;
    public static final int TRANSFER_ENCODING = 3;
    public static final int CONNECTION = 4;
    public static final int KEEP_ALIVE = 5;
    public static final int TE = 6;
    public static final int TRAILER = 7;
    public static final int UPGRADE = 8;
    /** {@code Proxy}, which CGI backends take for the address of a proxy (CVE-2016-5385), and any name that begins with {@code proxy-}. */
    public static final int PROXY = 9;

    public static final int EXPECT = 10;
    public static final int X_FORWARDED_FOR = 11;
    public static final int X_FORWARDED_PROTO = 12;
    public static final int X_FORWARDED_HOST = 13;
    public static final int X_FORWARDED_PORT = 14;
    public static final int X_REAL_IP = 15;
    public static final int FORWARDED = 16;
    public static final int X_REQUEST_ID = 17;
    public static final int DATE = 18;
    public static final int HTTP2_SETTINGS = 19;
    /**
     * A name that becomes one of the fields above when underscores are read as hyphens, as CGI, WSGI and Rack backends do:
     * never passed on, or {@code X_Forwarded_For} would get past the rules for {@code X-Forwarded-For}.
     */
    public static final int TWIN = 20;

    /**
     * {@code X-Forwarded-Client-Cert} and any name that begins with {@code ssl-client-}: what backends believe of a client's
     * certificate.
     */
    public static final int CLIENT_CERTIFICATE = 21;

    /** Fields that never pass a proxy (RFC 9110, 7.6.1; HTTP2-Settings: RFC 7540, 3.2.1), and {@link #TWIN}. */
    public static final int HOP_BY_HOP = bit(CONNECTION)
            | bit(KEEP_ALIVE)
            | bit(TE)
            | bit(TRANSFER_ENCODING)
            | bit(UPGRADE)
            | bit(PROXY)
            | bit(HTTP2_SETTINGS)
            | bit(TWIN);

    /** Fields that say where a request came from. */
    public static final int PROVENANCE = bit(X_FORWARDED_FOR)
            | bit(X_FORWARDED_PROTO)
            | bit(X_FORWARDED_HOST)
            | bit(X_FORWARDED_PORT)
            | bit(X_REAL_IP)
            | bit(FORWARDED);

    /** Fields that neither a Connection option nor a filter may remove or change: they frame or route the message. */
    public static final int PROTECTED =
            HOP_BY_HOP | bit(HOST) | bit(CONTENT_LENGTH) | bit(TRAILER) | PROVENANCE | bit(CLIENT_CERTIFICATE);

    /** Fields that may not be trailers, because they frame, route or control the message (RFC 9110, 6.5.1). */
    public static final int NOT_IN_TRAILERS = PROTECTED | bit(EXPECT) | bit(X_REQUEST_ID) | bit(DATE);

    private static final byte[] HTTPOXY = Octets.ascii("proxy");
    private static final byte[] SSL_CLIENT = Octets.ascii("ssl-client-");
    private static final byte[] FORWARDED_CLIENT = Octets.ascii("x-forwarded-client-cert");
    private static final byte[][] NAMES = {
        Octets.ascii(""),
        Octets.ascii("host"),
        Octets.ascii("content-length"),
        Octets.ascii("transfer-encoding"),
        Octets.ascii("connection"),
        Octets.ascii("keep-alive"),
        Octets.ascii("te"),
        Octets.ascii("trailer"),
        Octets.ascii("upgrade"),
        Octets.ascii("proxy-"),
        Octets.ascii("expect"),
        Octets.ascii("x-forwarded-for"),
        Octets.ascii("x-forwarded-proto"),
        Octets.ascii("x-forwarded-host"),
        Octets.ascii("x-forwarded-port"),
        Octets.ascii("x-real-ip"),
        Octets.ascii("forwarded"),
        Octets.ascii("x-request-id"),
        Octets.ascii("date"),
        Octets.ascii("http2-settings"),
    };

    private Field() {}

    /** The bit of a field in a set of fields. */
    public static int bit(int field) {
        return 1 << field;
    }

    /** Which field the name is, whatever its case. */
    public static int of(byte[] b, int from, int length) {
        return switch (b[from] | 0x20) {
            case 'c' -> either(b, from, length, CONTENT_LENGTH, CONNECTION);
            case 'd' -> either(b, from, length, DATE, DATE);
            case 'e' -> either(b, from, length, EXPECT, EXPECT);
            case 'f' -> either(b, from, length, FORWARDED, FORWARDED);
            case 'h' -> either(b, from, length, HOST, HTTP2_SETTINGS);
            case 'k' -> either(b, from, length, KEEP_ALIVE, KEEP_ALIVE);
            case 'p' -> isProxy(b, from, length) ? PROXY : OTHER;
            case 's' -> begins(b, from, length, SSL_CLIENT) ? CLIENT_CERTIFICATE : OTHER;
            case 't' ->
                length == 2 ? either(b, from, length, TE, TE) : either(b, from, length, TRANSFER_ENCODING, TRAILER);
            case 'u' -> either(b, from, length, UPGRADE, UPGRADE);
            case 'x' -> extension(b, from, length);
            default -> OTHER;
        };
    }

    private static boolean isProxy(byte[] b, int from, int length) {
        return length == 5
                ? Octets.equalsIgnoreCase(b, from, 5, HTTPOXY)
                : length > 6 && Octets.equalsIgnoreCase(b, from, 6, NAMES[PROXY]);
    }

    /** As {@link #of}, for a name that has an underscore: {@link #TWIN} if a backend may take it for a field above. */
    static int twinOf(byte[] b, int from, int length) {
        byte[] hyphenated = new byte[length];
        for (int i = 0; i < length; i++) {
            byte c = b[from + i];
            hyphenated[i] = c == '_' ? (byte) '-' : c;
        }
        return of(hyphenated, 0, length) == OTHER ? OTHER : TWIN;
    }

    private static int extension(byte[] b, int from, int length) {
        return switch (length) {
            case 9 -> either(b, from, length, X_REAL_IP, X_REAL_IP);
            case 12 -> either(b, from, length, X_REQUEST_ID, X_REQUEST_ID);
            case 15 -> either(b, from, length, X_FORWARDED_FOR, X_FORWARDED_FOR);
            case 16 -> either(b, from, length, X_FORWARDED_HOST, X_FORWARDED_PORT);
            case 17 -> either(b, from, length, X_FORWARDED_PROTO, X_FORWARDED_PROTO);
            case 23 -> begins(b, from, length, FORWARDED_CLIENT) ? CLIENT_CERTIFICATE : OTHER;
            default -> OTHER;
        };
    }

    private static boolean begins(byte[] b, int from, int length, byte[] prefix) {
        return length >= prefix.length && Octets.equalsIgnoreCase(b, from, prefix.length, prefix);
    }

    private static int either(byte[] b, int from, int length, int one, int other) {
        if (Octets.equalsIgnoreCase(b, from, length, NAMES[one])) {
            return one;
        }
        return Octets.equalsIgnoreCase(b, from, length, NAMES[other]) ? other : OTHER;
    }
}

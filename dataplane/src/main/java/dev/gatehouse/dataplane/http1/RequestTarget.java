package dev.gatehouse.dataplane.http1;

/**
 * The target of a request (RFC 9112, 3.2), read in place: what it says of the path, the query and, in absolute form, the authority.
 * Reused for many heads; one thread.
 */
final class RequestTarget {
    /** From the end of a target to the slash of the {@code " HTTP/"} behind it. */
    private static final int BEHIND_SLASH = 5;

    private int pathStart;
    private int pathEnd;
    private int queryStart;
    private int queryEnd;
    private int authorityStart;
    private int authorityEnd;
    private boolean rewritten;
    private boolean absolute;
    private boolean asterisk;

    void reset() {
        rewritten = false;
        absolute = false;
        asterisk = false;
    }

    /**
     * Reads a target that stands before {@code " HTTP/"}. {@link Reason#NONE} if it may be served.
     *
     * @param method of the request: OPTIONS may ask about a whole host
     */
    Reason parse(byte[] b, int targetStart, int targetEnd, String method) {
        int from = targetStart;
        authorityStart = 0;
        authorityEnd = 0;
        if (b[from] != '/') {
            if (targetEnd - from == 1 && b[from] == '*' && method.equals("OPTIONS")) {
                asterisk = true;
                // Rules see the root of the host: the slash of " HTTP/1.1" stands for it.
                pathStart = targetEnd + BEHIND_SLASH;
                pathEnd = pathStart + 1;
                queryStart = targetEnd;
                queryEnd = targetEnd;
                return Reason.NONE;
            }
            from = authority(b, from, targetEnd, method);
            if (from < 0) {
                return Reason.BAD_TARGET;
            }
            absolute = true;
            rewritten = true;
        }
        pathStart = from;
        int i = from;
        int classes = 0;
        byte pathClass = 0;
        while (i < targetEnd && (pathClass = Octets.pathClass(b[i])) != 0) {
            classes |= pathClass;
            i++;
        }
        pathEnd = i;
        queryStart = i;
        queryEnd = targetEnd;
        if (i < targetEnd && b[i] != '?') {
            return Reason.BAD_TARGET;
        }
        for (; i < targetEnd; i++) {
            if (b[i] == '#') {
                return Reason.BAD_TARGET;
            }
        }
        if ((classes & Octets.PERCENT) != 0) {
            if (!decodeUnreserved(b)) {
                return Reason.BAD_TARGET;
            }
            classes |= Octets.DOT;
        }
        return (classes & Octets.DOT) != 0 && Paths.hasDotSegment(b, pathStart, pathEnd)
                ? Reason.DOT_SEGMENT
                : Reason.NONE;
    }

    /** Reads {@code http://authority} and returns the offset of the path behind it, or -1. */
    private int authority(byte[] b, int from, int targetEnd, String method) {
        int i = from;
        if (startsWith(b, from, targetEnd, "http://")) {
            i += 7;
        } else if (startsWith(b, from, targetEnd, "https://")) {
            i += 8;
        } else {
            return -1;
        }
        authorityStart = i;
        while (i < targetEnd && b[i] != '/' && b[i] != '?' && b[i] != '#') {
            i++;
        }
        authorityEnd = i;
        // An empty path would have to become "/" (RFC 9112, 3.2.1): the slash of the scheme has room for it.
        if (i == targetEnd || b[i] != '/') {
            asterisk = i == targetEnd && method.equals("OPTIONS"); // RFC 9112, 3.2.4
            int moved = authorityEnd - authorityStart;
            System.arraycopy(b, authorityStart, b, authorityStart - 1, moved);
            authorityStart--;
            authorityEnd--;
            b[i - 1] = '/';
            i--;
        }
        return authorityEnd == authorityStart ? -1 : i;
    }

    private static boolean startsWith(byte[] b, int from, int targetEnd, String lower) {
        if (targetEnd - from < lower.length()) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            int c = b[from + i];
            if (c != lower.charAt(i) && (!Octets.isAlpha(c) || (c | 0x20) != lower.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** RFC 3986, 6.2.2.2, in place. False for an incomplete encoding or one of NUL. */
    private boolean decodeUnreserved(byte[] b) {
        int to = pathStart;
        for (int i = pathStart; i < pathEnd; i++) {
            if (b[i] != '%') {
                b[to++] = b[i];
                continue;
            }
            if (i + 2 >= pathEnd) {
                return false;
            }
            int high = Octets.hex(b[i + 1]);
            int low = Octets.hex(b[i + 2]);
            int c = high << 4 | low;
            if (high < 0 || low < 0 || c == 0) {
                return false;
            }
            if (Octets.isUnreserved(c)) {
                b[to++] = (byte) c;
                rewritten = true;
            } else {
                b[to++] = b[i];
                b[to++] = b[i + 1];
                b[to++] = b[i + 2];
            }
            i += 2;
        }
        pathEnd = to;
        return true;
    }

    int pathStart() {
        return pathStart;
    }

    int pathEnd() {
        return pathEnd;
    }

    /** Where the query begins, its question mark included; where the target ends if it has none. */
    int queryStart() {
        return queryStart;
    }

    int queryEnd() {
        return queryEnd;
    }

    /** Of a target in absolute form. */
    int authorityStart() {
        return authorityStart;
    }

    int authorityEnd() {
        return authorityEnd;
    }

    /** Whether it is not forwarded as it came. */
    boolean isRewritten() {
        return rewritten;
    }

    /** Whether it names the authority itself. */
    boolean isAbsolute() {
        return absolute;
    }

    /** Whether it asks about the host as a whole. */
    boolean isAsterisk() {
        return asterisk;
    }
}

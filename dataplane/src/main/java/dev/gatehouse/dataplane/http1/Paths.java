package dev.gatehouse.dataplane.http1;

/** Whether a path is one that means the same to a rule and to a backend. Pure. */
public final class Paths {
    private Paths() {}

    /**
     * Whether the path is as those are that {@link RequestHead} lets through: it begins with a slash, has the characters of a path
     * alone, no dot segment, and no percent-encoding that is incomplete or stands for NUL or for a character that needs none.
     */
    public static boolean isNormal(byte[] path) {
        if (path.length == 0 || path[0] != '/') {
            return false;
        }
        for (int i = 0; i < path.length; i++) {
            if (Octets.pathClass(path[i]) == 0) {
                return false;
            }
            if (path[i] == '%') {
                int high = i + 2 < path.length ? Octets.hex(path[i + 1]) : -1;
                int low = high < 0 ? -1 : Octets.hex(path[i + 2]);
                if (low < 0 || (high | low) == 0 || Octets.isUnreserved(high << 4 | low)) {
                    return false;
                }
            }
        }
        return !hasDotSegment(path, 0, path.length);
    }

    /**
     * Also finds what becomes a dot segment in a backend that cuts parameters off, as servlet containers do, or decodes slashes
     * and takes backslashes for them before it resolves dots.
     *
     * @param start of the path: its first slash
     */
    static boolean hasDotSegment(byte[] b, int start, int end) {
        int segment = start + 1;
        for (int i = segment; i <= end; i++) {
            int slash = i == end ? 1 : slashLength(b, i, end);
            if (slash > 0 || b[i] == ';') {
                int length = i - segment;
                if ((length == 1 && b[segment] == '.') || (length == 2 && b[segment] == '.' && b[segment + 1] == '.')) {
                    return true;
                }
                // A parameter reaches up to the next slash and is no segment.
                segment = slash > 0 ? i + slash : end + 1;
            }
        }
        return false;
    }

    /** The length of a slash, or of an encoded slash or backslash, at the offset; 0 if there is none. */
    private static int slashLength(byte[] b, int i, int end) {
        if (b[i] == '/') {
            return 1;
        }
        if (b[i] != '%' || i + 2 >= end) {
            return 0;
        }
        int c = b[i + 1] << 8 | (b[i + 2] | 0x20);
        return c == ('2' << 8 | 'f') || c == ('5' << 8 | 'c') ? 3 : 0;
    }
}

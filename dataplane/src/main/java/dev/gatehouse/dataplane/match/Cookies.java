package dev.gatehouse.dataplane.match;

/** Cookies of a request, read in place (RFC 6265, 4.2.1 and 5.4). Names are case-sensitive, values are as they were sent. Pure. */
final class Cookies {

    private Cookies() {}

    /**
     * The first value of a cookie, packed as {@code offset << 32 | length}; -1 if there is none.
     *
     * @param start of the value of the header
     * @param names have the cookie's at {@code name}
     */
    static long find(byte[] bytes, int start, int length, byte[] names, int name, int nameLength) {
        int end = start + length;
        int from = start;
        while (from < end) {
            int to = from;
            while (to < end && bytes[to] != ';') {
                to++;
            }
            while (from < to && isSpace(bytes[from])) {
                from++;
            }
            if (to - from > nameLength
                    && bytes[from + nameLength] == '='
                    && Words.equal(bytes, from, names, name, nameLength)) {
                int value = from + nameLength + 1;
                int valueEnd = to;
                while (valueEnd > value && isSpace(bytes[valueEnd - 1])) {
                    valueEnd--;
                }
                return (long) value << 32 | (valueEnd - value);
            }
            from = to + 1;
        }
        return -1;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t';
    }
}

package dev.gatehouse.dataplane.match;

/** Cookies of a request, read in place (RFC 6265, 4.2.1 and 5.4). Names are case-sensitive, values are as they were sent. Pure. */
final class Cookies {

    private Cookies() {}

    /**
     * The first value of a cookie, packed as {@code offset << 32 | length}; -1 if there is none.
     *
     * @param start of the value of the header
     */
    static long find(byte[] bytes, int start, int length, byte[] name) {
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
            if (to - from > name.length && bytes[from + name.length] == '=' && begins(bytes, from, name)) {
                int value = from + name.length + 1;
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

    private static boolean begins(byte[] bytes, int from, byte[] name) {
        for (int i = 0; i < name.length; i++) {
            if (bytes[from + i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t';
    }
}

package dev.gatehouse.dataplane.http1;

/** {@code host[:port]} of RFC 9110, 7.2: registered names of DNS characters, IPv4 and bracketed IPv6. Pure. */
final class Authority {
    private Authority() {}

    /** The offset behind the host, or -1 if the octets are not a host with an optional port. User information is refused. */
    static int hostEnd(byte[] b, int from, int end) {
        int i = from;
        if (i < end && b[i] == '[') {
            i++;
            while (i < end && (Octets.hex(b[i]) >= 0 || b[i] == ':' || b[i] == '.')) {
                i++;
            }
            if (i >= end || b[i] != ']' || i - from < 3) {
                return -1;
            }
            i++;
        } else {
            while (i < end && isNameCharacter(b[i])) {
                i++;
            }
        }
        if (i == from) {
            return -1;
        }
        int hostEnd = i;
        if (i < end) {
            if (b[i] != ':' || end - i > 6) {
                return -1;
            }
            int port = 0;
            for (i++; i < end; i++) {
                if (!Octets.isDigit(b[i])) {
                    return -1;
                }
                port = port * 10 + (b[i] - '0');
            }
            if (port > 0xffff) {
                return -1;
            }
        }
        return hostEnd;
    }

    private static boolean isNameCharacter(int c) {
        return Octets.isAlpha(c) || Octets.isDigit(c) || c == '-' || c == '.' || c == '_';
    }
}

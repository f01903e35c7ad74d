package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http1.HeadBuffer;
import java.util.Map;

/**
 * Encodes header blocks with the static table alone: every field is an index or a literal that is not added to a table, so
 * there is no state to keep, no memory a peer can make us hold, and nothing that a secret's length could be guessed from
 * (RFC 7541, 7.1). One per connection; one thread.
 */
public final class HpackEncoder {
    private static final byte NO_TABLE = 0x20;
    private static final Map<Integer, Byte> STATUS = Map.of(
            200, (byte) 8, 204, (byte) 9, 206, (byte) 10, 304, (byte) 11, 400, (byte) 12, 404, (byte) 13, 500, (byte)
                    14);
    private static final int STATUS_NAME = 8;

    /** Index of the static table's first entry with a name, by a hash of the name; a test sees to it that none collide. */
    private static final int[] BY_HASH = new int[1024];

    static {
        for (int i = HpackTable.STATIC_ENTRIES; i >= 1; i--) {
            HpackTable.Entry entry = HpackTable.STATIC[i - 1];
            BY_HASH[hash(entry.bytes(), 0, entry.nameLength())] = i;
        }
    }

    private boolean begun;

    private static int hash(byte[] name, int from, int length) {
        int hash = length;
        for (int i = from; i < from + length; i++) {
            hash = hash * 31 + (name[i] | 0x20);
        }
        return (hash ^ hash >>> 7) & 1023;
    }

    /** Begins a block. The first one of a connection says that our side uses no dynamic table. */
    public void begin(HeadBuffer out) {
        if (!begun) {
            begun = true;
            out.octet(NO_TABLE);
        }
    }

    public void status(int status, HeadBuffer out) {
        Byte index = STATUS.get(status);
        if (index != null) {
            out.octet((byte) (0x80 | index));
            return;
        }
        integer(STATUS_NAME, 4, 0, out);
        out.octet((byte) 3);
        out.octet((byte) ('0' + status / 100))
                .octet((byte) ('0' + status / 10 % 10))
                .octet((byte) ('0' + status % 10));
    }

    /** A field that the static table has whole. */
    public void indexed(int index, HeadBuffer out) {
        out.octet((byte) (0x80 | index));
    }

    /** A field whose name is that of an entry of the static table. */
    public void literal(int nameIndex, byte[] value, int from, int length, HeadBuffer out) {
        integer(nameIndex, 4, 0, out);
        string(value, from, length, out);
    }

    /** A field by name, which goes out in lower case (RFC 9113, 8.2). */
    public void field(
            byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength, HeadBuffer out) {
        int index = staticName(name, nameFrom, nameLength);
        integer(index, 4, 0, out);
        if (index == 0) {
            integer(nameLength, 7, 0, out);
            for (int i = nameFrom; i < nameFrom + nameLength; i++) {
                byte c = name[i];
                out.octet(c >= 'A' && c <= 'Z' ? (byte) (c | 0x20) : c);
            }
        }
        string(value, valueFrom, valueLength, out);
    }

    private static int staticName(byte[] name, int from, int length) {
        int index = BY_HASH[hash(name, from, length)];
        if (index == 0) {
            return 0;
        }
        HpackTable.Entry entry = HpackTable.STATIC[index - 1];
        if (entry.nameLength() != length) {
            return 0;
        }
        for (int i = 0; i < length; i++) {
            byte c = name[from + i];
            if ((c >= 'A' && c <= 'Z' ? (byte) (c | 0x20) : c) != entry.bytes()[i]) {
                return 0;
            }
        }
        return index;
    }

    private static void string(byte[] value, int from, int length, HeadBuffer out) {
        integer(length, 7, 0, out);
        out.append(value, from, length);
    }

    private static void integer(int value, int prefix, int flags, HeadBuffer out) {
        int mask = (1 << prefix) - 1;
        if (value < mask) {
            out.octet((byte) (flags | value));
            return;
        }
        out.octet((byte) (flags | mask));
        int rest = value - mask;
        while (rest >= 0x80) {
            out.octet((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.octet((byte) rest);
    }
}

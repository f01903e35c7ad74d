package dev.gatehouse.dataplane.http1;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The field lines of a head or of a trailer section, as offsets into the array that holds them. Parsing can be resumed with
 * more bytes at any point and gives the same result for any division of the bytes. Reused; one thread.
 */
public class FieldSection {
    /** More bytes are needed. */
    public static final int MORE = -1;
    /** The bytes are refused; {@link #reason()} says why. */
    public static final int REFUSED = -2;

    private static final FieldSection NONE = new FieldSection();

    private byte[] bytes = new byte[0];
    private int[] lines = new int[4 * 32];
    private byte[] fields = new byte[32];
    private boolean[] dropped = new boolean[32];
    private int count;
    private int present;
    private int repeated;
    private final int[] first = new int[32];
    private boolean anyDropped;
    private int position;
    private int sectionStart;
    private Reason reason = Reason.NONE;

    /** A section without any field. It must not be parsed into. */
    public static FieldSection none() {
        return NONE;
    }

    /** Forgets everything; the next parse starts at the offset. */
    public void reset(int from) {
        count = 0;
        present = 0;
        repeated = 0;
        anyDropped = false;
        position = from;
        sectionStart = from;
        reason = Reason.NONE;
    }

    /**
     * Parses field lines up to the empty line.
     *
     * @param b the array; what was parsed before must be at the same offsets
     * @param limit end of the bytes that are there
     * @param maxEnd the offset that the section may not pass
     * @return the offset behind the empty line, {@link #MORE} or {@link #REFUSED}
     */
    protected final int parseFields(byte[] b, int limit, int maxEnd, int maxFields) {
        bytes = b;
        int end = Math.min(limit, maxEnd);
        int pos = position;
        while (true) {
            if (pos >= end) {
                return more(pos, limit, maxEnd);
            }
            if (b[pos] == '\r') {
                if (pos + 1 >= end) {
                    return more(pos, limit, maxEnd);
                }
                if (b[pos + 1] != '\n') {
                    return refuse(Reason.BAD_HEADER);
                }
                position = pos;
                return pos + 2;
            }
            int i = pos;
            int classes = 0;
            byte tokenClass = 0;
            while (i < end && (tokenClass = Octets.tokenClass(b[i])) != 0) {
                classes |= tokenClass;
                i++;
            }
            if (i >= end) {
                return more(pos, limit, maxEnd);
            }
            if (b[i] != ':' || i == pos) {
                return refuse(Reason.BAD_HEADER);
            }
            int nameEnd = i++;
            while (i < end && (b[i] == ' ' || b[i] == '\t')) {
                i++;
            }
            int valueStart = i;
            i = Octets.valueEnd(b, i, end);
            if (i >= end || (b[i] == '\r' && i + 1 >= end)) {
                return more(pos, limit, maxEnd);
            }
            if (b[i] != '\r' || b[i + 1] != '\n') {
                return refuse(Reason.BAD_HEADER);
            }
            if (count >= maxFields) {
                return refuse(Reason.HEAD_TOO_LARGE);
            }
            int valueEnd = i;
            while (valueEnd > valueStart && (b[valueEnd - 1] == ' ' || b[valueEnd - 1] == '\t')) {
                valueEnd--;
            }
            int field = (classes & Octets.UNDERSCORE) == 0
                    ? Field.of(b, pos, nameEnd - pos)
                    : Field.twinOf(b, pos, nameEnd - pos);
            record(pos, nameEnd, valueStart, valueEnd, field);
            pos = i + 2;
            position = pos;
        }
    }

    /**
     * Parses a whole trailer section.
     *
     * @return false if it is refused or incomplete
     */
    public final boolean parseTrailers(byte[] b, int length, HeadLimits limits) {
        reset(0);
        return parseFields(b, length, limits.maxBytes(), limits.maxFields()) == length;
    }

    private int more(int pos, int limit, int maxEnd) {
        position = pos;
        return limit >= maxEnd ? refuse(Reason.HEAD_TOO_LARGE) : MORE;
    }

    private void record(int nameStart, int nameEnd, int valueStart, int valueEnd, int field) {
        if (count == fields.length) {
            lines = Arrays.copyOf(lines, lines.length * 2);
            fields = Arrays.copyOf(fields, fields.length * 2);
            dropped = Arrays.copyOf(dropped, dropped.length * 2);
        }
        int at = count * 4;
        lines[at] = nameStart;
        lines[at + 1] = nameEnd;
        lines[at + 2] = valueStart;
        lines[at + 3] = valueEnd;
        fields[count] = (byte) field;
        dropped[count] = false;
        int bit = Field.bit(field);
        if ((present & bit) == 0) {
            present |= bit;
            first[field] = count;
        } else {
            repeated |= bit;
        }
        count++;
    }

    final int refuse(Reason why) {
        reason = why;
        return REFUSED;
    }

    /** Remembers where to go on, and the array that the offsets refer to. */
    final void at(byte[] b, int pos) {
        bytes = b;
        position = pos;
    }

    final int position() {
        return position;
    }

    final int sectionStart() {
        return sectionStart;
    }

    /** Why the bytes were refused. */
    public final Reason reason() {
        return reason;
    }

    public final byte[] bytes() {
        return bytes;
    }

    /** How many field lines there are. */
    public final int count() {
        return count;
    }

    /** Which of the known fields a line is. */
    public final int field(int line) {
        return fields[line];
    }

    /** Offset of a line's name. */
    public final int nameStart(int line) {
        return lines[line * 4];
    }

    public final int nameEnd(int line) {
        return lines[line * 4 + 1];
    }

    public final int valueStart(int line) {
        return lines[line * 4 + 2];
    }

    public final int valueEnd(int line) {
        return lines[line * 4 + 3];
    }

    /** Whether any of the fields in the set is present. */
    public final boolean has(int fieldSet) {
        return (present & fieldSet) != 0;
    }

    final boolean repeated(int field) {
        return (repeated & Field.bit(field)) != 0;
    }

    /** The first line of a field that is present. */
    final int line(int field) {
        return first[field];
    }

    /** Whether the line is not to be passed on. */
    public final boolean dropped(int line) {
        return dropped[line];
    }

    /** Whether the field is there and was not taken out. */
    final boolean passesOn(int field) {
        return has(Field.bit(field)) && !dropped[first[field]];
    }

    final boolean anyDropped() {
        return anyDropped;
    }

    /** Takes all lines of the name (lower case) out, except fields in the protected set. */
    public final void drop(byte[] b, int from, int length, int protectedFields) {
        for (int line = 0; line < count; line++) {
            int nameStart = nameStart(line);
            if (nameEnd(line) - nameStart == length
                    && (Field.bit(fields[line]) & protectedFields) == 0
                    && sameName(nameStart, b, from, length)) {
                dropped[line] = true;
                anyDropped = true;
            }
        }
    }

    private boolean sameName(int nameStart, byte[] b, int from, int length) {
        for (int i = 0; i < length; i++) {
            int one = lower(bytes[nameStart + i]);
            if (one != lower(b[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte c) {
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }

    /** The first value of the header, packed as {@code offset << 32 | length}; -1 if absent. The name is lower case. */
    public final long header(byte[] name) {
        return header(name, 0, name.length);
    }

    /** As above, for a name that stands in {@code names} at {@code from}. */
    public final long header(byte[] names, int from, int length) {
        for (int line = 0; line < count; line++) {
            int nameStart = nameStart(line);
            if (nameEnd(line) - nameStart == length
                    && !dropped[line]
                    && Octets.isLowerCaseOf(names, from, bytes, nameStart, length)) {
                int valueStart = valueStart(line);
                return ((long) valueStart << 32) | (valueEnd(line) - valueStart);
            }
        }
        return -1;
    }

    /** The value of the only Content-Length line; -1 if it is not a plain number below 10^18. */
    final long contentLengthValue() {
        int line = first[Field.CONTENT_LENGTH];
        int from = valueStart(line);
        int end = valueEnd(line);
        if (repeated(Field.CONTENT_LENGTH) || end == from || end - from > 18) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < end; i++) {
            if (!Octets.isDigit(bytes[i])) {
                return -1;
            }
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    /** Whether Transfer-Encoding is one line with exactly {@code chunked}; otherwise why it is refused. */
    final Reason transferEncoding() {
        int line = first[Field.TRANSFER_ENCODING];
        int from = valueStart(line);
        int length = valueEnd(line) - from;
        if (!repeated(Field.TRANSFER_ENCODING) && Octets.equalsIgnoreCase(bytes, from, length, CHUNKED)) {
            return Reason.NONE;
        }
        if (repeated(Field.TRANSFER_ENCODING) || length == 0) {
            return Reason.BAD_TRANSFER_ENCODING;
        }
        // A coding we do not know is 501 (RFC 9112, 6.1); chunked anywhere but alone could be read in two ways.
        for (int i = from; i < from + length; i++) {
            if (!Octets.isToken(bytes[i])) {
                return Reason.BAD_TRANSFER_ENCODING;
            }
        }
        return Octets.equalsIgnoreCase(bytes, from, length, IDENTITY)
                ? Reason.BAD_TRANSFER_ENCODING
                : Reason.UNSUPPORTED_TRANSFER_ENCODING;
    }

    /** Whether Upgrade names WebSocket and nothing else, and the Connection options include it (RFC 6455, 4.1). */
    final boolean asksForWebSocket(int options) {
        if ((options & OPTION_UPGRADE) == 0 || !has(Field.bit(Field.UPGRADE)) || repeated(Field.UPGRADE)) {
            return false;
        }
        int line = first[Field.UPGRADE];
        int from = valueStart(line);
        return Octets.equalsIgnoreCase(bytes, from, valueEnd(line) - from, WEBSOCKET);
    }

    /** What the Connection lines say. Options other than close, keep-alive and upgrade take the fields that they name out. */
    final int connectionOptions() {
        if (!has(Field.bit(Field.CONNECTION))) {
            return 0;
        }
        int options = 0;
        for (int line = first[Field.CONNECTION]; line < count; line++) {
            if (fields[line] != Field.CONNECTION) {
                continue;
            }
            int end = valueEnd(line);
            int i = valueStart(line);
            while (i < end) {
                int from = i;
                while (i < end && Octets.isToken(bytes[i])) {
                    i++;
                }
                int length = i - from;
                if (Octets.equalsIgnoreCase(bytes, from, length, CLOSE)) {
                    options |= OPTION_CLOSE;
                } else if (Octets.equalsIgnoreCase(bytes, from, length, KEEP_ALIVE)) {
                    options |= OPTION_KEEP_ALIVE;
                } else if (Octets.equalsIgnoreCase(bytes, from, length, UPGRADE)) {
                    options |= OPTION_UPGRADE;
                } else if (length > 0) {
                    drop(bytes, from, length, Field.PROTECTED);
                } else {
                    i++;
                }
            }
        }
        return options;
    }

    static final int OPTION_CLOSE = 1;
    static final int OPTION_KEEP_ALIVE = 2;
    static final int OPTION_UPGRADE = 4;
    private static final byte[] CHUNKED = Octets.ascii("chunked");
    private static final byte[] IDENTITY = Octets.ascii("identity");
    private static final byte[] CLOSE = Octets.ascii("close");
    private static final byte[] KEEP_ALIVE = Octets.ascii("keep-alive");
    private static final byte[] UPGRADE = Octets.ascii("upgrade");
    private static final byte[] WEBSOCKET = Octets.ascii("websocket");

    /** A field's value as text, for tests and logs. */
    public final String text(long packed) {
        return new String(bytes, (int) (packed >>> 32), (int) packed, StandardCharsets.ISO_8859_1);
    }
}

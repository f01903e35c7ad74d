package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Conditions as bytes, one behind the other, and how they are tried. Objects would be scattered over the heap, and each
 * condition of a rule that has not been asked for lately would cost several visits to memory; bytes cost one for all.
 *
 * <pre>
 * METHODS  count, { length, name }
 * SOURCES  count, { length, prefix length, network }
 * others   place, length, name, and length, value (EQUALS) or number of the expression (MATCHES)
 * </pre>
 */
final class ConditionCode {

    static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    static final byte METHODS = 0;
    static final byte SOURCES = 1;
    static final byte EQUALS = 2;
    static final byte MATCHES = 3;
    static final byte PRESENT = 4;
    static final byte ABSENT = 5;

    private static final List<Place> PLACES = List.of(Place.values());
    private static final byte[] NOTHING = new byte[0];
    private static final Pattern[] NO_PATTERNS = new Pattern[0];

    private ConditionCode() {}

    /** Whether all conditions hold that are written from an offset on. Allocates nothing but for regular expressions. */
    static boolean holds(byte[] code, int from, int length, Pattern[] patterns, RequestView request) {
        int end = from + length;
        int at = from;
        while (at < end) {
            byte kind = code[at++];
            if (kind == METHODS || kind == SOURCES) {
                int listEnd = at + Integer.BYTES + number(code, at);
                if (kind == METHODS ? !method(code, at, listEnd, request) : !source(code, at, listEnd, request)) {
                    return false;
                }
                at = listEnd;
                continue;
            }
            Place place = PLACES.get(code[at++]);
            int nameLength = number(code, at);
            at += Integer.BYTES;
            long found = place.find(request, code, at, nameLength);
            at += nameLength;
            if (found < 0 == (kind != ABSENT)) {
                return false;
            }
            if (kind == EQUALS) {
                int valueLength = number(code, at);
                at += Integer.BYTES;
                if (!place.is(request.bytes(), found, code, at, valueLength)) {
                    return false;
                }
                at += valueLength;
            } else if (kind == MATCHES) {
                if (!patterns[number(code, at)].matches(place.text(request.bytes(), found))) {
                    return false;
                }
                at += Integer.BYTES;
            }
        }
        return true;
    }

    /** The number that is written at an offset. */
    static int number(byte[] code, int at) {
        return (int) INTS.get(code, at);
    }

    private static boolean method(byte[] code, int list, int end, RequestView request) {
        String method = request.method();
        for (int at = list + Integer.BYTES; at < end; at += 1 + code[at]) {
            if (code[at] == method.length() && is(code, at + 1, method)) {
                return true;
            }
        }
        return false;
    }

    private static boolean is(byte[] code, int at, String method) {
        for (int i = 0; i < method.length(); i++) {
            if (code[at + i] != method.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean source(byte[] code, int list, int end, RequestView request) {
        byte[] address = request.clientAddress();
        for (int at = list + Integer.BYTES; at < end; at += 2 + code[at]) {
            if (code[at] == address.length && Cidr.contains(code, at + 2, code[at + 1] & 0xff, address)) {
                return true;
            }
        }
        return false;
    }

    /** Writes conditions, and what stands around them. */
    static final class Writer {
        private byte[] bytes;
        private int position;
        private final List<Pattern> patterns = new ArrayList<>();

        /** @param reserved bytes at the beginning, for slots */
        Writer(int reserved) {
            bytes = new byte[reserved + 64];
            position = reserved;
        }

        int position() {
            return position;
        }

        byte[] written() {
            return position == 0 ? NOTHING : Arrays.copyOf(bytes, position);
        }

        Pattern[] patterns() {
            return patterns.toArray(NO_PATTERNS);
        }

        void bytes(byte[] some) {
            room(some.length);
            System.arraycopy(some, 0, bytes, position, some.length);
            position += some.length;
        }

        void number(int number) {
            room(Integer.BYTES);
            number(position, number);
            position += Integer.BYTES;
        }

        void number(int at, int number) {
            INTS.set(bytes, at, number);
        }

        boolean isFree(int slot) {
            return ConditionCode.number(bytes, slot * PathLayout.SLOT + 8) == 0;
        }

        void slot(int slot, int hash, int path, int mark, int where) {
            int at = slot * PathLayout.SLOT;
            number(at, hash);
            number(at + 4, path);
            number(at + 8, mark);
            number(at + 12, where);
        }

        void methods(List<String> methods) {
            one(METHODS);
            int length = position;
            number(0);
            for (String method : methods) {
                byte[] name = method.getBytes(StandardCharsets.UTF_8);
                one(name.length);
                bytes(name);
            }
            number(length, position - length - Integer.BYTES);
        }

        void sources(List<Cidr> blocks) {
            one(SOURCES);
            int length = position;
            number(0);
            for (Cidr block : blocks) {
                byte[] network = block.network();
                one(network.length);
                one(block.prefixLength());
                bytes(network);
            }
            number(length, position - length - Integer.BYTES);
        }

        void value(byte kind, Place place, byte[] name) {
            one(kind);
            one(PLACES.indexOf(place));
            number(name.length);
            bytes(name);
        }

        void equals(Place place, byte[] name, byte[] value) {
            value(EQUALS, place, name);
            number(value.length);
            bytes(value);
        }

        void matches(Place place, byte[] name, Pattern pattern) {
            value(MATCHES, place, name);
            number(patterns.size());
            patterns.add(pattern);
        }

        private void one(int octet) {
            room(1);
            bytes[position++] = (byte) octet;
        }

        private void room(int count) {
            if (position + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(position + count, bytes.length * 2));
            }
        }
    }
}

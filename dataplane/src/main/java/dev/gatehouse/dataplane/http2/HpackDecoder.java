package dev.gatehouse.dataplane.http2;

import dev.gatehouse.dataplane.http2.HpackTable.Entry;

/** Decodes header blocks (RFC 7541). One per connection, and every block of it in order. One thread. */
public final class HpackDecoder {
    /** Takes the fields of a block in their order; the octets are valid during the call only. */
    @FunctionalInterface
    public interface Fields {
        void field(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength);
    }

    /** What SETTINGS_HEADER_TABLE_SIZE is when nobody says anything (RFC 9113, 6.5.2). */
    static final int TABLE_BYTES = 4096;

    private final HpackTable table = new HpackTable(TABLE_BYTES);
    private byte[] nameScratch = new byte[64];
    private byte[] valueScratch = new byte[256];

    private int position;
    private byte[] text = nameScratch;
    private int textFrom;
    private int textLength;

    /**
     * Decodes a whole block.
     *
     * @throws Http2Exception with COMPRESSION_ERROR; the connection cannot go on then, for its tables differ
     */
    public void decode(byte[] b, int from, int end, Fields fields) {
        position = from;
        boolean any = false;
        while (position < end) {
            int first = b[position];
            if (first < 0) {
                Entry entry = table.get(integer(b, end, 7));
                fields.field(
                        entry.bytes(), 0, entry.nameLength(), entry.bytes(), entry.nameLength(), entry.valueLength());
                any = true;
            } else if ((first & 0x40) != 0) {
                literal(b, end, 6, true, fields);
                any = true;
            } else if ((first & 0x20) != 0) {
                int size = integer(b, end, 5);
                if (any || size > TABLE_BYTES) {
                    throw broken("a table size update that is too large or not in front");
                }
                table.resize(size);
            } else {
                literal(b, end, 4, false, fields);
                any = true;
            }
        }
    }

    private void literal(byte[] b, int end, int prefix, boolean indexed, Fields fields) {
        int index = integer(b, end, prefix);
        byte[] name;
        int nameFrom;
        int nameLength;
        if (index == 0) {
            nameScratch = string(b, end, nameScratch);
            name = text;
            nameFrom = textFrom;
            nameLength = textLength;
        } else {
            Entry entry = table.get(index);
            name = entry.bytes();
            nameFrom = 0;
            nameLength = entry.nameLength();
        }
        valueScratch = string(b, end, valueScratch);
        fields.field(name, nameFrom, nameLength, text, textFrom, textLength);
        if (indexed) {
            byte[] both = new byte[nameLength + textLength];
            System.arraycopy(name, nameFrom, both, 0, nameLength);
            System.arraycopy(text, textFrom, both, nameLength, textLength);
            table.add(new Entry(both, nameLength));
        }
    }

    /** RFC 7541, 5.1. Nothing in HPACK needs more than 28 bits. */
    private int integer(byte[] b, int end, int prefix) {
        int mask = (1 << prefix) - 1;
        int value = b[position++] & mask;
        if (value < mask) {
            return value;
        }
        for (int shift = 0; shift <= 21; shift += 7) {
            if (position >= end) {
                break;
            }
            int next = b[position++];
            value += (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw broken("an integer that is too long");
    }

    /** RFC 7541, 5.2: sets the text, in the block itself or in the scratch array, which is returned, grown if need be. */
    private byte[] string(byte[] b, int end, byte[] scratch) {
        if (position >= end) {
            throw broken("a block that ends within a field");
        }
        boolean encoded = b[position] < 0;
        int length = integer(b, end, 7);
        if (length > end - position) {
            throw broken("a string that is longer than its block");
        }
        int from = position;
        position += length;
        if (!encoded) {
            text = b;
            textFrom = from;
            textLength = length;
            return scratch;
        }
        byte[] room = scratch.length >= Huffman.maxDecoded(length) ? scratch : new byte[Huffman.maxDecoded(length)];
        textLength = Huffman.decode(b, from, position, room);
        if (textLength == Huffman.INVALID) {
            throw broken("an invalid Huffman encoding");
        }
        text = room;
        textFrom = 0;
        return room;
    }

    private static Http2Exception broken(String message) {
        return Http2Exception.connection(ErrorCode.COMPRESSION_ERROR, message);
    }
}

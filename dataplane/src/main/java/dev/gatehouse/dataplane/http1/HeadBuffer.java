package dev.gatehouse.dataplane.http1;

import java.util.Arrays;

/** A growing array in which heads are put together. Reused; one thread. */
public final class HeadBuffer {
    private static final byte[] HEX = Octets.ascii("0123456789abcdef");
    private static final byte[] CRLF = Octets.ascii("\r\n");

    private byte[] bytes;
    private int length;

    public HeadBuffer() {
        this(8192);
    }

    /** @param bytes that there is room for at first */
    public HeadBuffer(int bytes) {
        this.bytes = new byte[bytes];
    }

    public void clear() {
        length = 0;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public HeadBuffer append(byte[] text) {
        return append(text, 0, text.length);
    }

    public HeadBuffer append(byte[] b, int from, int count) {
        room(count);
        System.arraycopy(b, from, bytes, length, count);
        length += count;
        return this;
    }

    public HeadBuffer octet(byte b) {
        room(1);
        bytes[length++] = b;
        return this;
    }

    HeadBuffer append(char c) {
        room(1);
        bytes[length++] = (byte) c;
        return this;
    }

    HeadBuffer line(byte[] name, byte[] value) {
        return append(name).append(COLON).append(value).append(CRLF);
    }

    public HeadBuffer crlf() {
        room(2);
        bytes[length++] = '\r';
        bytes[length++] = '\n';
        return this;
    }

    public HeadBuffer decimal(long value) {
        room(20);
        length = Octets.decimal(value, bytes, length);
        return this;
    }

    /** All 16 digits. */
    HeadBuffer hex16(long value) {
        room(16);
        for (int shift = 60; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[(int) (value >>> shift) & 15];
        }
        return this;
    }

    private void room(int count) {
        if (length + count > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
    }

    private static final byte[] COLON = Octets.ascii(": ");
}

package dev.gatehouse.dataplane.http1;

import java.util.Arrays;

/** Field lines that filters put into a head. Reused; one thread. */
public final class AddedFields {
    private byte[][] names = new byte[8][];
    private byte[][] values = new byte[8][];
    private int count;

    public void clear() {
        count = 0;
    }

    public void add(byte[] name, byte[] value) {
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
            values = Arrays.copyOf(values, count * 2);
        }
        names[count] = name;
        values[count++] = value;
    }

    public void remove(byte[] name) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (!Arrays.equals(names[i], name)) {
                names[kept] = names[i];
                values[kept++] = values[i];
            }
        }
        count = kept;
    }

    public boolean has(byte[] name) {
        for (int i = 0; i < count; i++) {
            if (Arrays.equals(names[i], name)) {
                return true;
            }
        }
        return false;
    }

    public int count() {
        return count;
    }

    public byte[] name(int i) {
        return names[i];
    }

    public byte[] value(int i) {
        return values[i];
    }

    void writeTo(HeadBuffer out) {
        for (int i = 0; i < count; i++) {
            out.line(names[i], values[i]);
        }
    }
}

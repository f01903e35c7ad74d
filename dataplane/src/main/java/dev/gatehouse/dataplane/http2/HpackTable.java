package dev.gatehouse.dataplane.http2;

import java.nio.charset.StandardCharsets;

/**
 * The static table and one connection's dynamic table of HPACK (RFC 7541, 2.3). An entry is one array with the name and the
 * value behind it. One thread.
 */
final class HpackTable {
    /** One header field. Its octets never change. */
    static final class Entry {
        private final byte[] bytes;
        private final int nameLength;

        Entry(byte[] bytes, int nameLength) {
            this.bytes = bytes;
            this.nameLength = nameLength;
        }

        static Entry of(String name, String value) {
            return new Entry((name + value).getBytes(StandardCharsets.US_ASCII), name.length());
        }

        byte[] bytes() {
            return bytes;
        }

        int nameLength() {
            return nameLength;
        }

        int valueLength() {
            return bytes.length - nameLength;
        }

        /** RFC 7541, 4.1. */
        int size() {
            return bytes.length + 32;
        }
    }

    static final int STATIC_ENTRIES = 61;

    /** RFC 7541, appendix A; index 1 stands at 0. */
    static final Entry[] STATIC = {
        Entry.of(":authority", ""),
        Entry.of(":method", "GET"),
        Entry.of(":method", "POST"),
        Entry.of(":path", "/"),
        Entry.of(":path", "/index.html"),
        Entry.of(":scheme", "http"),
        Entry.of(":scheme", "https"),
        Entry.of(":status", "200"),
        Entry.of(":status", "204"),
        Entry.of(":status", "206"),
        Entry.of(":status", "304"),
        Entry.of(":status", "400"),
        Entry.of(":status", "404"),
        Entry.of(":status", "500"),
        Entry.of("accept-charset", ""),
        Entry.of("accept-encoding", "gzip, deflate"),
        Entry.of("accept-language", ""),
        Entry.of("accept-ranges", ""),
        Entry.of("accept", ""),
        Entry.of("access-control-allow-origin", ""),
        Entry.of("age", ""),
        Entry.of("allow", ""),
        Entry.of("authorization", ""),
        Entry.of("cache-control", ""),
        Entry.of("content-disposition", ""),
        Entry.of("content-encoding", ""),
        Entry.of("content-language", ""),
        Entry.of("content-length", ""),
        Entry.of("content-location", ""),
        Entry.of("content-range", ""),
        Entry.of("content-type", ""),
        Entry.of("cookie", ""),
        Entry.of("date", ""),
        Entry.of("etag", ""),
        Entry.of("expect", ""),
        Entry.of("expires", ""),
        Entry.of("from", ""),
        Entry.of("host", ""),
        Entry.of("if-match", ""),
        Entry.of("if-modified-since", ""),
        Entry.of("if-none-match", ""),
        Entry.of("if-range", ""),
        Entry.of("if-unmodified-since", ""),
        Entry.of("last-modified", ""),
        Entry.of("link", ""),
        Entry.of("location", ""),
        Entry.of("max-forwards", ""),
        Entry.of("proxy-authenticate", ""),
        Entry.of("proxy-authorization", ""),
        Entry.of("range", ""),
        Entry.of("referer", ""),
        Entry.of("refresh", ""),
        Entry.of("retry-after", ""),
        Entry.of("server", ""),
        Entry.of("set-cookie", ""),
        Entry.of("strict-transport-security", ""),
        Entry.of("transfer-encoding", ""),
        Entry.of("user-agent", ""),
        Entry.of("vary", ""),
        Entry.of("via", ""),
        Entry.of("www-authenticate", ""),
    };

    private Entry[] ring = new Entry[16];
    private int newest;
    private int count;
    private int size;
    private int maxSize;

    HpackTable(int maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * The entry at an index of the joint address space (RFC 7541, 2.3.3).
     *
     * @throws Http2Exception if there is none
     */
    Entry get(int index) {
        if (index > 0 && index <= STATIC_ENTRIES) {
            return STATIC[index - 1];
        }
        int age = index - STATIC_ENTRIES - 1;
        if (age < 0 || age >= count) {
            throw Http2Exception.connection(ErrorCode.COMPRESSION_ERROR, "no table entry with this index");
        }
        return ring[(newest - age) & (ring.length - 1)];
    }

    /** Adds one in front, dropping the oldest for room; one that is larger than the table empties it. */
    void add(Entry entry) {
        shrinkTo(maxSize - entry.size());
        if (entry.size() > maxSize) {
            return;
        }
        if (count == ring.length) {
            Entry[] wider = new Entry[count * 2];
            for (int age = 0; age < count; age++) {
                wider[count - 1 - age] = ring[(newest - age) & (count - 1)];
            }
            ring = wider;
            newest = count - 1;
        }
        newest = (newest + 1) & (ring.length - 1);
        ring[newest] = entry;
        count++;
        size += entry.size();
    }

    void resize(int newMaxSize) {
        maxSize = newMaxSize;
        shrinkTo(newMaxSize);
    }

    private void shrinkTo(int most) {
        while (count > 0 && size > most) {
            count--;
            size -= ring[(newest - count) & (ring.length - 1)].size();
        }
    }

    int size() {
        return size;
    }
}

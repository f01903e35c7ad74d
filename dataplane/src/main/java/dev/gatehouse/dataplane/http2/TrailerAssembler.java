package dev.gatehouse.dataplane.http2;

/** A trailer section (RFC 9113, 8.1): no pseudo-header fields. Shared by all connections of a loop. */
final class TrailerAssembler extends HeadAssembler {
    @Override
    boolean pseudo(byte[] name, int nameFrom, int nameLength, byte[] value, int valueFrom, int valueLength) {
        return false;
    }

    @Override
    void begin() {}
}

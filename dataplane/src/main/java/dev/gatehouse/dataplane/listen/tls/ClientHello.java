package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a TLS ClientHello (RFC 8446, 4.1.2) says about the certificate it wants.
 *
 * @param serverName of SNI (RFC 6066, 3), lower case; empty if none
 * @param p256 whether the client can verify ECDSA signatures on P-256, and in TLS 1.2 has a cipher suite for them
 * @param p384 the same for P-384
 * @param rsa whether it can verify RSA signatures
 * @param edDsa whether it can verify Ed25519 signatures
 */
record ClientHello(String serverName, boolean p256, boolean p384, boolean rsa, boolean edDsa) {
    private static final int SERVER_NAME = 0;
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_3 = 0x0304;
    private static final int VERSION_AND_RANDOM = 34;

    /** A client that said nothing: it gets what every client can verify. */
    static final ClientHello UNKNOWN = new ClientHello("", false, false, true, false);

    /** Whether it is what a client said, as far as it could be read. */
    @SuppressWarnings("ReferenceEquality") // UNKNOWN is a sentinel
    boolean understood() {
        return this != UNKNOWN;
    }

    /**
     * Reads the body of a hello from the reader index on, without moving it. A hello that is cut short or malformed gives what
     * was understood; refusing it is the handshake's own task.
     */
    static ClientHello read(ByteBuf in) {
        try {
            return read(in, in.readerIndex(), in.writerIndex());
        } catch (IndexOutOfBoundsException e) {
            return UNKNOWN;
        }
    }

    private static ClientHello read(ByteBuf in, int from, int end) {
        int at = from + VERSION_AND_RANDOM;
        at += 1 + in.getUnsignedByte(at);
        int suites = at + 2;
        int suitesEnd = suites + in.getUnsignedShort(at);
        at = suitesEnd;
        at += 1 + in.getUnsignedByte(at);
        if (at + 2 > end) {
            return new ClientHello("", false, false, true, false); // without extensions (RFC 5246, 7.4.1.2)
        }
        int extensionsEnd = at + 2 + in.getUnsignedShort(at);
        at += 2;
        String name = "";
        boolean tls13 = false;
        boolean p256 = false;
        boolean p384 = false;
        boolean otherEcdsa = false;
        boolean rsa = false;
        boolean edDsa = false;
        boolean listed = false;
        while (at + 4 <= extensionsEnd) {
            int type = in.getUnsignedShort(at);
            int length = in.getUnsignedShort(at + 2);
            int body = at + 4;
            at = body + length;
            switch (type) {
                case SERVER_NAME -> name = serverName(in, body, length);
                case SUPPORTED_VERSIONS -> {
                    int versions = body + 1 + in.getUnsignedByte(body);
                    for (int i = body + 1; i + 2 <= versions; i += 2) {
                        tls13 |= in.getUnsignedShort(i) == TLS_1_3;
                    }
                }
                case SIGNATURE_ALGORITHMS -> {
                    listed = true;
                    int schemes = body + 2 + in.getUnsignedShort(body);
                    for (int i = body + 2; i + 2 <= schemes; i += 2) {
                        switch (in.getUnsignedShort(i)) {
                            case 0x0403 -> p256 = true;
                            case 0x0503 -> p384 = true;
                            case 0x0603 -> otherEcdsa = true;
                            case 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806 -> rsa = true;
                            case 0x0807 -> edDsa = true;
                            default -> {}
                        }
                    }
                }
                default -> {}
            }
        }
        if (!listed) {
            return new ClientHello(name, false, false, true, false);
        }
        if (tls13) {
            return new ClientHello(name, p256, p384, rsa, edDsa);
        }
        // Before TLS 1.3 a scheme named no curve but a hash (RFC 5246, 7.4.1.4.1; RFC 8446, 4.2.3).
        boolean ecdsa = (p256 || p384 || otherEcdsa) && offersEcdsa(in, suites, suitesEnd);
        return new ClientHello(name, ecdsa, ecdsa, rsa, edDsa);
    }

    private static String serverName(ByteBuf in, int body, int length) {
        // One list of length 2 + n with one entry: type host_name, length, bytes.
        if (length < 5 || in.getUnsignedByte(body + 2) != 0) {
            return "";
        }
        int nameLength = in.getUnsignedShort(body + 3);
        if (nameLength > length - 5) {
            return "";
        }
        String name =
                in.toString(body + 5, nameLength, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        // Not allowed to be there (RFC 6066, 3), and left out of hosts too.
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static boolean offersEcdsa(ByteBuf in, int from, int end) {
        for (int i = from; i + 2 <= end; i += 2) {
            switch (in.getUnsignedShort(i)) {
                case 0xc02b, 0xc02c, 0xcca9 -> {
                    return true;
                }
                default -> {}
            }
        }
        return false;
    }
}

package dev.gatehouse.dataplane.listen.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What a TLS ClientHello (RFC 8446, 4.1.2) says about the certificate it wants.
 *
 * @param serverName of SNI (RFC 6066, 3), lower case; empty if none
 * @param ecdsa whether the client can verify ECDSA signatures, and in TLS 1.2 has a cipher suite for them
 * @param rsa whether it can verify RSA signatures
 * @param edDsa whether it can verify Ed25519 or Ed448 signatures
 */
record ClientHello(String serverName, boolean ecdsa, boolean rsa, boolean edDsa) {
    private static final int SERVER_NAME = 0;
    private static final int SIGNATURE_ALGORITHMS = 13;
    private static final int SUPPORTED_VERSIONS = 43;
    private static final int TLS_1_3 = 0x0304;
    private static final int VERSION_AND_RANDOM = 34;

    /** A client that said nothing: it gets what every client can verify. */
    static final ClientHello UNKNOWN = new ClientHello("", false, true, false);

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
            return UNKNOWN;
        }
        int extensionsEnd = at + 2 + in.getUnsignedShort(at);
        at += 2;
        String name = "";
        boolean tls13 = false;
        boolean ecdsa = false;
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
                            case 0x0403, 0x0503, 0x0603 -> ecdsa = true;
                            case 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806 -> rsa = true;
                            case 0x0807, 0x0808 -> edDsa = true;
                            default -> {}
                        }
                    }
                }
                default -> {}
            }
        }
        if (!listed) {
            return new ClientHello(name, false, true, false);
        }
        return new ClientHello(name, ecdsa && (tls13 || offersEcdsa(in, suites, suitesEnd)), rsa, edDsa);
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

package dev.gatehouse.dataplane.proxyprotocol;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * Reads the header of the PROXY protocol, strictly: one spelling of each address and number, nothing behind the last field.
 * A function of the bytes alone: given more of them it never takes back what it found. Stateless.
 */
public final class ProxyHeaderParser {

    /** The longest header that is read. The specification asks receivers for 536 bytes of version 2 (2.2); TLVs may need more. */
    public static final int MAX_BYTES = 4096;

    private static final int MAX_V1_BYTES = 107;
    private static final int V2_FIXED_BYTES = 16;
    private static final int PP2_TYPE_CRC32C = 0x03;

    private static final byte[] V1_SIGNATURE = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] V2_SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*");
    private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");

    private static final ProxyHeader INCOMPLETE = new ProxyHeader.Incomplete();
    private static final ProxyHeader MISSING = new ProxyHeader.Missing();
    private static final ProxyHeader INVALID = new ProxyHeader.Invalid();

    private ProxyHeaderParser() {}

    /**
     * Reads the first {@code length} bytes of a connection, of which at most {@link #MAX_BYTES} are looked at.
     *
     * @return never {@link ProxyHeader.Incomplete} from {@link #MAX_BYTES} on
     */
    public static ProxyHeader parse(byte[] bytes, int length) {
        if (length == 0) {
            return INCOMPLETE;
        }
        boolean first = bytes[0] == V1_SIGNATURE[0];
        byte[] signature = first ? V1_SIGNATURE : V2_SIGNATURE;
        int known = Math.min(length, signature.length);
        if (!Arrays.equals(bytes, 0, known, signature, 0, known)) {
            return MISSING;
        }
        if (known < signature.length) {
            return INCOMPLETE;
        }
        return first ? version1(bytes, length) : version2(bytes, length);
    }

    // ---- Version 1: a line (2.1)

    private static ProxyHeader version1(byte[] bytes, int length) {
        int bound = Math.min(length, MAX_V1_BYTES);
        for (int i = V1_SIGNATURE.length; i < bound; i++) {
            if (bytes[i] == '\r') {
                if (i + 1 == MAX_V1_BYTES) {
                    return INVALID;
                }
                if (i + 1 == length) {
                    return INCOMPLETE;
                }
                return bytes[i + 1] == '\n' ? line(new String(bytes, 0, i, StandardCharsets.US_ASCII)) : INVALID;
            }
            if (bytes[i] < ' ' || bytes[i] > '~') {
                return INVALID;
            }
        }
        return length < MAX_V1_BYTES ? INCOMPLETE : INVALID;
    }

    private static ProxyHeader line(String line) {
        int length = line.length() + 2;
        String[] words = line.split(" ", -1);
        if (words[1].equals("UNKNOWN")) {
            // What follows is to be ignored, whatever it is.
            return new ProxyHeader.Local(length);
        }
        boolean v4 = words[1].equals("TCP4");
        if (words.length != 6 || (!v4 && !words[1].equals("TCP6"))) {
            return INVALID;
        }
        Pattern address = v4 ? IPV4 : IPV6;
        for (int i = 2; i <= 3; i++) {
            if (!address.matcher(words[i]).matches()
                    || !PORT.matcher(words[i + 2]).matches()) {
                return INVALID;
            }
        }
        try {
            return new ProxyHeader.Proxied(
                    new ProxiedAddresses(end(words[2], words[4]), end(words[3], words[5])), length);
        } catch (IllegalArgumentException e) {
            return INVALID;
        }
    }

    /** Throws IllegalArgumentException if the address is none or the port above 65535. */
    private static InetSocketAddress end(String address, String port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(port));
    }

    // ---- Version 2: a block (2.2)

    private static ProxyHeader version2(byte[] bytes, int length) {
        if (length < V2_FIXED_BYTES) {
            return length > 12 && command(bytes[12]) == Command.NONE ? INVALID : INCOMPLETE;
        }
        Command command = command(bytes[12]);
        int total = V2_FIXED_BYTES + unsigned16(bytes, 14);
        if (command == Command.NONE || total > MAX_BYTES) {
            return INVALID;
        }
        if (command == Command.PROXY && addressBytes(bytes[13]) < 0) {
            return INVALID;
        }
        if (length < total) {
            return INCOMPLETE;
        }
        int addressBytes = addressBytes(bytes[13]);
        if (command == Command.LOCAL || addressBytes == 0) {
            // Family and block of a LOCAL header, and the block of an UNSPEC one, are to be ignored.
            return new ProxyHeader.Local(total);
        }
        int tlvs = V2_FIXED_BYTES + 2 * addressBytes + 4;
        if (tlvs > total || !validTlvs(bytes, tlvs, total)) {
            return INVALID;
        }
        int ports = tlvs - 4;
        return new ProxyHeader.Proxied(
                new ProxiedAddresses(
                        end(bytes, V2_FIXED_BYTES, addressBytes, ports),
                        end(bytes, V2_FIXED_BYTES + addressBytes, addressBytes, ports + 2)),
                total);
    }

    private enum Command {
        NONE,
        LOCAL,
        PROXY
    }

    private static Command command(byte versionAndCommand) {
        return switch (versionAndCommand) {
            case 0x20 -> Command.LOCAL;
            case 0x21 -> Command.PROXY;
            default -> Command.NONE;
        };
    }

    /** How long an address of the family is; 0: there is none; negative: not the address of a TCP connection. */
    private static int addressBytes(byte familyAndTransport) {
        return switch (familyAndTransport) {
            case 0x00 -> 0;
            case 0x11 -> 4;
            case 0x21 -> 16;
            default -> -1;
        };
    }

    /** TLVs fill the rest exactly, and a checksum among them is right. */
    private static boolean validTlvs(byte[] bytes, int from, int to) {
        boolean checked = false;
        int at = from;
        while (at < to) {
            if (to - at < 3) {
                return false;
            }
            int value = at + 3;
            int length = unsigned16(bytes, at + 1);
            if (length > to - value) {
                return false;
            }
            if (bytes[at] == PP2_TYPE_CRC32C) {
                if (checked || length != 4 || !checksum(bytes, value, to)) {
                    return false;
                }
                checked = true;
            }
            at = value + length;
        }
        return true;
    }

    /** The checksum is that of the whole header with zeros in the checksum's place (2.2.3). */
    private static boolean checksum(byte[] bytes, int at, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, at);
        crc.update(new byte[4]);
        crc.update(bytes, at + 4, to - at - 4);
        long said = (long) unsigned16(bytes, at) << 16 | unsigned16(bytes, at + 2);
        return crc.getValue() == said;
    }

    private static InetSocketAddress end(byte[] bytes, int address, int addressBytes, int port) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(Arrays.copyOfRange(bytes, address, address + addressBytes)),
                    unsigned16(bytes, port));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + addressBytes + " bytes", e);
        }
    }

    private static int unsigned16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }
}

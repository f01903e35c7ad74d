package dev.gatehouse.dataplane.proxyprotocol;

import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/**
 * Writes the header with which a connection to a backend begins. Where the two ends are of different families, the IPv4 one
 * is written as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2): the header has one family for both. Stateless.
 */
public final class ProxyProtocolWriter {
    private static final byte[] V2_SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int VERSION_2_LOCAL = 0x20;
    private static final int VERSION_2_PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;

    private ProxyProtocolWriter() {}

    /** The header's bytes, a new array. */
    public static byte[] header(ProxyVersion version, ProxiedAddresses addresses) {
        if (addresses.isLocal()) {
            return local(version);
        }
        boolean v4 = addresses.client().getAddress() instanceof Inet4Address
                && addresses.server().getAddress() instanceof Inet4Address;
        return switch (version) {
            case V1 -> line(addresses, v4);
            case V2 -> block(addresses, v4);
        };
    }

    /** What connections for the proxy's own sake begin with, such as health checks (PROXY protocol, 2.1 and 2.2). */
    private static byte[] local(ProxyVersion version) {
        if (version == ProxyVersion.V1) {
            return "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(16);
        out.writeBytes(V2_SIGNATURE);
        out.write(VERSION_2_LOCAL);
        out.write(0); // AF_UNSPEC
        number(0, out);
        return out.toByteArray();
    }

    private static byte[] line(ProxiedAddresses addresses, boolean v4) {
        String line = (v4 ? "PROXY TCP4 " : "PROXY TCP6 ")
                + text(addresses.client().getAddress(), v4) + " "
                + text(addresses.server().getAddress(), v4) + " "
                + addresses.client().getPort() + " "
                + addresses.server().getPort() + "\r\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    private static String text(InetAddress address, boolean v4) {
        String text = address.getHostAddress();
        if (address instanceof Inet4Address) {
            return v4 ? text : "::ffff:" + text;
        }
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    private static byte[] block(ProxiedAddresses addresses, boolean v4) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(52);
        out.writeBytes(V2_SIGNATURE);
        out.write(VERSION_2_PROXY);
        out.write(v4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        number(v4 ? 12 : 36, out);
        address(addresses.client().getAddress(), v4, out);
        address(addresses.server().getAddress(), v4, out);
        number(addresses.client().getPort(), out);
        number(addresses.server().getPort(), out);
        return out.toByteArray();
    }

    private static void address(InetAddress address, boolean v4, ByteArrayOutputStream out) {
        if (address instanceof Inet4Address && !v4) {
            out.writeBytes(new byte[10]);
            number(0xffff, out);
        }
        out.writeBytes(address.getAddress());
    }

    private static void number(int unsigned16, ByteArrayOutputStream out) {
        out.write(unsigned16 >>> 8);
        out.write(unsigned16);
    }
}

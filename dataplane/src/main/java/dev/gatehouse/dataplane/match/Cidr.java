package dev.gatehouse.dataplane.match;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** A block of addresses (RFC 4632, RFC 4291 2.3). Immutable. */
public final class Cidr {

    private final String text;
    private final byte[] network;
    private final int prefixLength;

    private Cidr(String text, byte[] network, int prefixLength) {
        this.text = text;
        this.network = network;
        this.prefixLength = prefixLength;
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code fd00::/8}, or a single address.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!address.matches("[0-9a-fA-F:.]+")) {
            throw new IllegalArgumentException("'" + text + "' is no CIDR such as 10.0.0.0/8");
        }
        try {
            byte[] network = InetAddress.getByName(address).getAddress();
            int length = slash < 0 ? network.length * 8 : Integer.parseInt(text.substring(slash + 1));
            if (length < 0 || length > network.length * 8) {
                throw new IllegalArgumentException(
                        "'" + text + "': the prefix length must be 0 to " + network.length * 8);
            }
            return new Cidr(text, network, length);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no CIDR such as 10.0.0.0/8", e);
        }
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }

    /** Whether the block holds {@code address}; an address of the other family never is. */
    public boolean contains(InetAddress address) {
        return contains(address.getAddress());
    }

    /** As {@link #contains(InetAddress)}, for an address of 4 or 16 bytes in network order. */
    public boolean contains(byte[] candidate) {
        return candidate.length == network.length && contains(network, 0, prefixLength, candidate);
    }

    /** Whether an address begins as the network does that stands in {@code networks} at {@code from}. */
    static boolean contains(byte[] networks, int from, int prefixLength, byte[] candidate) {
        int whole = prefixLength / 8;
        for (int i = 0; i < whole; i++) {
            if (candidate[i] != networks[from + i]) {
                return false;
            }
        }
        int rest = prefixLength % 8;
        return rest == 0 || ((candidate[whole] ^ networks[from + whole]) & 0xff) >>> (8 - rest) == 0;
    }

    /** 4 or 16 bytes in network order. */
    byte[] network() {
        return network;
    }

    int prefixLength() {
        return prefixLength;
    }
}

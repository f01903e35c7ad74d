package dev.gatehouse.controller.model;

import java.net.InetAddress;

/** Blocks of addresses (RFC 4632; RFC 4291, 2.3). */
final class Cidrs {

    private Cidrs() {}

    /** Whether the text is one, such as {@code 10.0.0.0/8}. */
    static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return false;
        }
        try {
            int bits = InetAddress.ofLiteral(text.substring(0, slash)).getAddress().length * 8;
            int length = Integer.parseInt(text.substring(slash + 1));
            return length >= 0 && length <= bits;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

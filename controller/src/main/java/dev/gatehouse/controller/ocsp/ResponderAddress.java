package dev.gatehouse.controller.ocsp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * Where a responder may be asked. Its URL stands in a certificate, which whoever may write a Secret chooses: it must not lead into
 * the cluster, to this machine or to the metadata of a cloud.
 */
final class ResponderAddress {
    private static final int HTTP = 80;

    private final boolean internalToo;

    /** @param internalToo whether addresses that are not public are asked as well */
    ResponderAddress(boolean internalToo) {
        this.internalToo = internalToo;
    }

    /**
     * The address to connect to: what was checked is what is asked, whatever the name leads to a moment later. Blocks for DNS.
     *
     * @throws OcspException if it must not be asked, or there is none
     */
    InetSocketAddress of(URI responder) throws OcspException {
        if (!"http".equalsIgnoreCase(responder.getScheme()) || responder.getHost() == null) {
            // Answers are signed, and https would ask for an answer about another certificate first (RFC 6960, A.1).
            throw new OcspException("the responder's URL is not of the form http://host");
        }
        String host = responder.getHost();
        try {
            InetAddress[] all = InetAddress.getAllByName(host);
            for (InetAddress one : all) {
                if (!internalToo && !isPublic(one)) {
                    throw new OcspException("the responder's name leads to " + one.getHostAddress()
                            + ", which is not public; --ocsp-internal-responders allows that");
                }
            }
            return new InetSocketAddress(all[0], responder.getPort() < 0 ? HTTP : responder.getPort());
        } catch (UnknownHostException e) {
            throw new OcspException("the responder's name leads to no address", e);
        }
    }

    /** Not of this machine, link, site or provider (RFC 1122, 1918, 3927, 4193, 6598, 6666), and no group. */
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        byte[] octets = address.getAddress();
        int first = octets[0] & 0xff;
        int second = octets[1] & 0xff;
        if (octets.length == 4) {
            boolean carrier = first == 100 && (second & 0xc0) == 64;
            boolean benchmark = first == 198 && (second & 0xfe) == 18;
            boolean documented = first == 192 && second == 0;
            return first != 0 && first < 240 && !carrier && !benchmark && !documented;
        }
        // Global unicast is 2000::/3; of it, 2002::/16 and 2001::/32 wrap addresses of IPv4 (RFC 3056, 4380).
        boolean wrapped = first == 0x20 && (second == 0x02 || (second == 0x01 && octets[2] == 0 && octets[3] == 0));
        return (first & 0xe0) == 0x20 && !wrapped;
    }
}

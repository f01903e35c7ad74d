package dev.gatehouse.dataplane.http1;

import dev.gatehouse.dataplane.match.Cidr;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Gatehouse says about where the requests of one connection come from: X-Forwarded-*, X-Real-IP and Forwarded
 * (RFC 7239). What an untrusted peer says itself is replaced; what a trusted proxy says is kept or appended to. Immutable.
 */
public final class Provenance {
    private static final byte[] QUOTE_CRLF = Octets.ascii("\"\r\n");
    private static final byte[] FORWARDED_FOR = Octets.ascii("X-Forwarded-For: ");
    private static final byte[] FORWARDED = Octets.ascii("Forwarded: ");
    private static final byte[] FORWARDED_HOST = Octets.ascii("X-Forwarded-Host: ");
    private static final byte[] COMMA = Octets.ascii(", ");

    private static final byte[] HTTPS = Octets.ascii("https");
    private static final byte[] HTTPS_PREFIX = Octets.ascii("https://");

    private final List<Cidr> trustedProxies;
    private final boolean trusted;
    private final boolean tls;
    private final int localPort;
    private final int securePort;
    private final String tlsVersion;
    private final int peerPort;
    private final byte @Nullable [] clientCertificate;
    private final byte[] peer;
    private final byte[] address;
    private final byte[] forwardedElement;
    private final byte[] replacement;
    private final byte[] proto;
    private final byte[] port;
    private final byte[] realIp;

    /**
     * @param client who opened the connection
     * @param trustedProxies those of the listener: what they say themselves is believed
     * @param tlsVersion of the connection, such as TLSv1.3; empty in clear text
     * @param port the port it connected to
     * @param securePort where the same is served over TLS; 0 if nowhere
     */
    public Provenance(
            InetSocketAddress client, List<Cidr> trustedProxies, String tlsVersion, int port, int securePort) {
        InetAddress peer = client.getAddress();
        boolean tls = !tlsVersion.isEmpty();
        String text = peer.getHostAddress();
        int zone = text.indexOf('%');
        String plain = zone < 0 ? text : text.substring(0, zone);
        String scheme = tls ? "https" : "http";
        String node = peer instanceof Inet6Address ? "\"[" + plain + "]\"" : plain;
        this.peer = peer.getAddress();
        this.trustedProxies = trustedProxies;
        this.trusted = isTrusted(this.peer);
        this.tls = tls;
        this.localPort = port;
        this.securePort = securePort;
        this.tlsVersion = tlsVersion;
        this.peerPort = client.getPort();
        this.clientCertificate = null;
        this.address = Octets.ascii(plain);
        this.forwardedElement = Octets.ascii("for=" + node + ";proto=" + scheme + ";host=\"");
        this.proto = Octets.ascii("X-Forwarded-Proto: " + scheme + "\r\n");
        this.port = Octets.ascii("X-Forwarded-Port: " + port + "\r\n");
        this.realIp = Octets.ascii("X-Real-IP: " + plain + "\r\n");
        this.replacement = Octets.ascii("X-Forwarded-For: " + plain + "\r\nX-Forwarded-Proto: " + scheme
                + "\r\nX-Forwarded-Port: " + port + "\r\nX-Real-IP: " + plain + "\r\nForwarded: for=" + node + ";proto="
                + scheme + ";host=\"");
    }

    private Provenance(Provenance plain, byte[] clientCertificate) {
        this.peer = plain.peer;
        this.trustedProxies = plain.trustedProxies;
        this.trusted = plain.trusted;
        this.tls = plain.tls;
        this.localPort = plain.localPort;
        this.securePort = plain.securePort;
        this.address = plain.address;
        this.forwardedElement = plain.forwardedElement;
        this.replacement = plain.replacement;
        this.proto = plain.proto;
        this.port = plain.port;
        this.realIp = plain.realIp;
        this.tlsVersion = plain.tlsVersion;
        this.peerPort = plain.peerPort;
        this.clientCertificate = clientCertificate;
    }

    /**
     * The same, with what is said of the client's certificate.
     *
     * @param lines whole field lines; with them, even none, nobody else is believed
     */
    public Provenance withClientCertificate(byte[] lines) {
        return new Provenance(this, lines);
    }

    private boolean isTrusted(byte[] proxy) {
        for (int i = 0; i < trustedProxies.size(); i++) {
            if (trustedProxies.get(i).contains(proxy)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The address of the client. That is the peer; if that is a trusted proxy, the last address of X-Forwarded-For that is none,
     * for what stands before it was written by whoever that is. Something that is no address ends the search.
     *
     * @return 4 or 16 bytes in network order
     */
    byte[] client(RequestHead head) {
        byte[] client = peer;
        if (!trusted || !head.has(Field.bit(Field.X_FORWARDED_FOR))) {
            return client;
        }
        for (int line = head.count() - 1; line >= 0; line--) {
            if (head.field(line) != Field.X_FORWARDED_FOR) {
                continue;
            }
            List<String> hops = Addresses.list(head.bytes(), head.valueStart(line), head.valueEnd(line));
            for (int i = hops.size() - 1; i >= 0; i--) {
                Optional<byte[]> hop = Addresses.parse(hops.get(i));
                if (hop.isEmpty()) {
                    return client;
                }
                client = hop.get();
                if (!isTrusted(client)) {
                    return client;
                }
            }
        }
        return client;
    }

    /** As {@link #client}, in text. */
    public String clientText(RequestHead head) {
        try {
            return InetAddress.getByAddress(head.clientAddress()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of 4 or 16 bytes", e);
        }
    }

    /** The port of the client; empty where a proxy names the client, for none names the port. */
    public String clientPort(RequestHead head) {
        return Arrays.equals(head.clientAddress(), peer) ? Integer.toString(peerPort) : "";
    }

    /** Such as TLSv1.3; empty in clear text. */
    public String tlsVersion() {
        return tlsVersion;
    }

    /** Whether the connection itself is TLS. */
    public boolean tls() {
        return tls;
    }

    /** Whether the client came over TLS: to here, or unless {@code onlyHere} to a trusted proxy that says so. */
    public boolean isSecure(RequestHead head, boolean onlyHere) {
        if (tls || onlyHere || !trusted || !head.has(Field.bit(Field.X_FORWARDED_PROTO))) {
            return tls;
        }
        int line = head.line(Field.X_FORWARDED_PROTO);
        int from = head.valueStart(line);
        return Octets.equalsIgnoreCase(head.bytes(), from, head.valueEnd(line) - from, HTTPS);
    }

    /**
     * Where the same is served over https: at the port that goes with the one of the request's authority, if that is the one
     * that listens here, otherwise at the default port.
     */
    public byte[] httpsAddress(RequestHead head) {
        byte[] b = head.bytes();
        HeadBuffer address = new HeadBuffer();
        address.append(HTTPS_PREFIX).append(b, head.hostStart(), head.hostLength());
        if (securePort > 0 && head.port() == localPort) {
            address.append(':').decimal(securePort);
        }
        address.append(b, head.pathStart(), head.pathLength())
                .append(b, head.queryStart(), head.queryEnd() - head.queryStart());
        return Arrays.copyOf(address.bytes(), address.length());
    }

    /** Whether what the client says of a client certificate is passed on. */
    boolean believesClientCertificate() {
        return trusted && clientCertificate == null;
    }

    void write(RequestHead head, HeadBuffer out) {
        if (clientCertificate != null) {
            out.append(clientCertificate);
        }
        byte[] b = head.bytes();
        int host = head.authorityStart();
        int hostLength = head.authorityEnd() - host;
        if (!trusted || !head.has(Field.PROVENANCE)) {
            out.append(replacement).append(b, host, hostLength).append(QUOTE_CRLF);
            out.append(FORWARDED_HOST).append(b, host, hostLength).crlf();
            return;
        }
        if (list(head, Field.X_FORWARDED_FOR, FORWARDED_FOR, out)) {
            out.append(COMMA);
        }
        out.append(address).crlf();
        if (list(head, Field.FORWARDED, FORWARDED, out)) {
            out.append(COMMA);
        }
        out.append(forwardedElement).append(b, host, hostLength).append(QUOTE_CRLF);
        if (!kept(head, Field.X_FORWARDED_PROTO, out)) {
            out.append(proto);
        }
        if (!kept(head, Field.X_FORWARDED_PORT, out)) {
            out.append(port);
        }
        if (!kept(head, Field.X_REAL_IP, out)) {
            out.append(realIp);
        }
        if (!kept(head, Field.X_FORWARDED_HOST, out)) {
            out.append(FORWARDED_HOST).append(b, host, hostLength).crlf();
        }
    }

    /** Begins a line with the values that came, joined; true if there was any. */
    private static boolean list(RequestHead head, int field, byte[] name, HeadBuffer out) {
        out.append(name);
        boolean any = false;
        for (int line = 0; line < head.count(); line++) {
            if (head.field(line) == field && head.valueEnd(line) > head.valueStart(line)) {
                if (any) {
                    out.append(COMMA);
                }
                int from = head.valueStart(line);
                out.append(head.bytes(), from, head.valueEnd(line) - from);
                any = true;
            }
        }
        return any;
    }

    private static boolean kept(RequestHead head, int field, HeadBuffer out) {
        if (!head.has(Field.bit(field))) {
            return false;
        }
        int line = head.line(field);
        out.append(head.bytes(), head.nameStart(line), head.valueEnd(line) - head.nameStart(line))
                .crlf();
        return true;
    }
}

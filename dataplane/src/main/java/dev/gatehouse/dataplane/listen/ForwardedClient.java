package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.ClientCertificates.Forward;
import dev.gatehouse.dataplane.policy.ClientVerdict;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * What backends are told of a client's certificate: {@code ssl-client-verify}, {@code -subject-dn}, {@code -issuer-dn} and
 * {@code -cert} as ingress-nginx names them, and {@code X-Forwarded-Client-Cert} as Envoy does. Nothing that stands in a
 * certificate can end a line or an element.
 */
final class ForwardedClient {
    private static final int DNS_NAME = 2;
    private static final int URI = 6;

    private ForwardedClient() {}

    /** Whole field lines. */
    static byte[] lines(ClientCertificates clients, ClientVerdict verdict, List<X509Certificate> chain) {
        if (clients.forward() == Forward.NOTHING) {
            return new byte[0];
        }
        StringBuilder lines = new StringBuilder();
        switch (verdict) {
            case HOLDS -> line(lines, "ssl-client-verify", "SUCCESS");
            case MISSING -> line(lines, "ssl-client-verify", "NONE");
            default -> line(lines, "ssl-client-verify", "FAILED:" + verdict.code());
        }
        if (!chain.isEmpty()) {
            X509Certificate leaf = chain.getFirst();
            line(lines, "ssl-client-subject-dn", name(leaf.getSubjectX500Principal()));
            line(lines, "ssl-client-issuer-dn", name(leaf.getIssuerX500Principal()));
            try {
                if (clients.forward() == Forward.CERTIFICATE) {
                    line(lines, "ssl-client-cert", pem(leaf));
                }
                if (verdict == ClientVerdict.HOLDS) {
                    // It has no way to say that a certificate does not hold, so such a one is not in it.
                    line(lines, "x-forwarded-client-cert", element(leaf));
                }
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a certificate that was read cannot be written", e);
            }
        }
        return lines.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void line(StringBuilder lines, String name, String value) {
        lines.append(name).append(": ").append(value).append("\r\n");
    }

    /** RFC 2253, with whatever is no printable ASCII as backslash and hex (2.4). */
    static String name(X500Principal principal) {
        StringBuilder plain = new StringBuilder();
        for (byte octet : principal.getName(X500Principal.RFC2253).getBytes(StandardCharsets.UTF_8)) {
            if (octet >= ' ' && octet < 0x7f) {
                plain.append((char) octet);
            } else {
                plain.append('\\').append(HexFormat.of().withUpperCase().toHexDigits(octet));
            }
        }
        return plain.toString();
    }

    private static String pem(X509Certificate certificate) throws GeneralSecurityException {
        String text = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        return URLEncoder.encode(text, StandardCharsets.US_ASCII).replace("+", "%20");
    }

    private static String element(X509Certificate leaf) throws GeneralSecurityException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded());
        List<String> parts = new ArrayList<>();
        parts.add("Hash=" + HexFormat.of().formatHex(hash));
        parts.add("Subject=\""
                + name(leaf.getSubjectX500Principal()).replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
        alternatives(leaf, URI).forEach(uri -> parts.add("URI=" + uri));
        alternatives(leaf, DNS_NAME).forEach(dns -> parts.add("DNS=" + dns));
        return String.join(";", parts);
    }

    /** Names with a character that could be taken for the form around them are left out. */
    private static List<String> alternatives(X509Certificate leaf, int type) throws CertificateParsingException {
        List<String> names = new ArrayList<>();
        var all = leaf.getSubjectAlternativeNames();
        if (all != null) {
            for (List<?> one : all) {
                if (one.get(0).equals(type)
                        && one.get(1) instanceof String name
                        && name.chars().allMatch(c -> c > ' ' && c < 0x7f && ",;=\"\\".indexOf(c) < 0)) {
                    names.add(name);
                }
            }
        }
        return names;
    }
}

package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretParser.UnusableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * One block of a PEM text (RFC 7468). Text between blocks is allowed, as tools write it.
 *
 * @param label such as {@code CERTIFICATE}
 */
record PemBlock(String label, ByteString der) {

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    static List<PemBlock> read(String text, String key) throws UnusableException {
        List<PemBlock> blocks = new ArrayList<>();
        if (isDer(text)) {
            throw new UnusableException(
                    "has a " + key + " in DER, which is binary, and not in PEM; convert it: openssl "
                            + (key.endsWith(".key") ? "pkey" : "x509") + " -inform der -in FILE -out " + key);
        }
        int from = text.indexOf(BEGIN);
        while (from >= 0) {
            int labelEnd = text.indexOf(DASHES, from + BEGIN.length());
            String label = labelEnd < 0 ? "" : text.substring(from + BEGIN.length(), labelEnd);
            int end = labelEnd < 0 ? -1 : text.indexOf("-----END " + label + DASHES, labelEnd);
            if (end < 0) {
                throw new UnusableException("has a " + key + " with a PEM block that does not end: it is cut short");
            }
            String body = text.substring(labelEnd + DASHES.length(), end);
            try {
                byte[] der = Base64.getMimeDecoder().decode(body);
                blocks.add(new PemBlock(label, ByteString.copyFrom(der)));
                Arrays.fill(der, (byte) 0);
            } catch (IllegalArgumentException e) {
                throw new UnusableException("has a " + key + " with a PEM block of " + label + " that is not base64:"
                        + " it is cut short or damaged");
            }
            from = text.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /** Begins with the tag of a SEQUENCE and goes on with what no text has. */
    private static boolean isDer(String text) {
        return text.startsWith("0") && text.chars().anyMatch(octet -> octet < '\t' || octet >= 0x80);
    }

    @Override
    public String toString() {
        return "PEM block of " + label;
    }
}

package dev.gatehouse.dataplane.control;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.HexFormat;

/**
 * Writes a request for a certificate (PKCS#10, RFC 2986) without subject or attributes: all it has to show is that its sender
 * holds the key. By hand, because the library that could do it takes longer to load than a data plane may take to start.
 */
final class CertificateRequest {

    private static final int SEQUENCE = 0x30;
    private static final int BIT_STRING = 0x03;

    private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");
    private static final byte[] NO_SUBJECT = HexFormat.of().parseHex("3000");
    private static final byte[] NO_ATTRIBUTES = HexFormat.of().parseHex("a000");

    /** AlgorithmIdentifier of ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758, section 3.2). */
    private static final byte[] ECDSA_WITH_SHA256 = HexFormat.of().parseHex("300a06082a8648ce3d040302");

    private CertificateRequest() {}

    /** DER of a request that is signed by {@code keys}, which are ECDSA. */
    static byte[] of(KeyPair keys) throws GeneralSecurityException {
        byte[] info = tagged(SEQUENCE, VERSION_0, NO_SUBJECT, keys.getPublic().getEncoded(), NO_ATTRIBUTES);
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(keys.getPrivate());
        signer.update(info);
        byte[] noUnusedBits = {0};
        return tagged(SEQUENCE, info, ECDSA_WITH_SHA256, tagged(BIT_STRING, noUnusedBits, signer.sign()));
    }

    private static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        int length = content.size();
        if (length > 0xff) {
            all.write(0x82);
            all.write(length >> 8);
        } else if (length > 0x7f) {
            all.write(0x81);
        }
        all.write(length);
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }
}

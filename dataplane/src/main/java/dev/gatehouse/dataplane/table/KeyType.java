package dev.gatehouse.dataplane.table;

import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;

/** What a client must be able to verify. */
public enum KeyType {
    RSA("RSA"),
    ECDSA_P256("ECDSA P-256"),
    ECDSA_P384("ECDSA P-384"),
    ED25519("Ed25519");

    private static final int P256_BITS = 256;

    private final String label;

    KeyType(String label) {
        this.label = label;
    }

    /** Of a key that the controller has let pass. */
    static KeyType of(PublicKey key) {
        return switch (key) {
            case ECPublicKey ec when ec.getParams().getOrder().bitLength() <= P256_BITS -> ECDSA_P256;
            case ECPublicKey ec -> ECDSA_P384;
            default -> key.getAlgorithm().equals("RSA") ? RSA : ED25519;
        };
    }

    /** For people. */
    public String label() {
        return label;
    }
}

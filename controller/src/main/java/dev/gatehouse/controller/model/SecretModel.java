package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;

/**
 * A Secret, as far as it can be served: its certificate and key, or why there is none.
 *
 * @param isTls whether it is of type {@code kubernetes.io/tls}, and so meant to be served
 * @param authorities in its key {@code ca.crt}
 */
public record SecretModel(Meta meta, boolean isTls, Material material, Authorities authorities)
        implements ResourceModel {

    /** What the Secret holds. */
    public sealed interface Material {}

    /**
     * A chain and the key that fits it.
     *
     * @param chain DER, leaf first
     * @param privateKey PKCS#8 DER; never printed
     * @param names DNS names of the leaf, lower case, sorted
     * @param notBefore from when the leaf holds
     * @param notAfter until when the leaf holds
     */
    public record Usable(
            List<ByteString> chain, ByteString privateKey, List<String> names, Instant notBefore, Instant notAfter)
            implements Material {

        @Override
        public String toString() {
            return "certificate of " + names + " until " + notAfter;
        }
    }

    /**
     * Nothing that can be served.
     *
     * @param message a sentence about the Secret's content, without any of it
     */
    public record Unusable(String message) implements Material {}
}

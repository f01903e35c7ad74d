package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.List;

/**
 * A Secret, as far as it can be served: its certificate and key, or why there is none.
 *
 * @param isTls whether it is of type {@code kubernetes.io/tls}, and so meant to be served
 * @param authorities in its key {@code ca.crt}; none while it is unread
 */
public record SecretModel(Meta meta, boolean isTls, Material material, Authorities authorities)
        implements ResourceModel {

    private static final Unread UNREAD = new Unread();
    private static final Authorities NOT_READ = new Authorities.Unusable("has not been read yet");

    /** One of which only its metadata is known. */
    public static SecretModel unread(Meta meta, boolean isTls) {
        return new SecretModel(meta, isTls, UNREAD, NOT_READ);
    }

    /** One that is there and whose content cannot be had. */
    public static SecretModel unreadable(Meta meta, boolean isTls, String why) {
        String message = "cannot be read: " + why;
        return new SecretModel(meta, isTls, new Unusable(message), new Authorities.Unusable(message));
    }

    /** Whether only its metadata is known. */
    public boolean isUnread() {
        return material instanceof Unread;
    }

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
     * @param hasResponder whether the leaf says who can be asked whether it was revoked (OCSP)
     * @param remarks what whoever refers to the Secret should know; it is served all the same
     */
    public record Usable(
            List<ByteString> chain,
            ByteString privateKey,
            List<String> names,
            Instant notBefore,
            Instant notAfter,
            boolean hasResponder,
            List<Remark> remarks)
            implements Material {

        @Override
        public String toString() {
            return "certificate of " + names + " until " + notAfter;
        }
    }

    /**
     * Something about a certificate that is served.
     *
     * @param reason one of {@link Reasons}
     * @param message a sentence about the Secret's content, without any of its key
     */
    public record Remark(String reason, String message) {}

    /**
     * Nothing that can be served.
     *
     * @param message a sentence about the Secret's content, without any of it
     */
    public record Unusable(String message) implements Material {}

    /** Something, which is read when anybody refers to the Secret. */
    public record Unread() implements Material {}
}

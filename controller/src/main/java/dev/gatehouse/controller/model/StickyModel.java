package dev.gatehouse.controller.model;

import java.util.Optional;

/**
 * A cookie of Gatehouse's own.
 *
 * @param name empty: one that is made from the first Service of the rule
 * @param maxAgeSeconds 0: until the browser ends
 * @param secure empty: if the client came over TLS
 */
public record StickyModel(
        String name, int maxAgeSeconds, String path, SameSite sameSite, Optional<Boolean> secure, boolean httpOnly) {

    /** RFC 6265bis, 5.6.7. */
    public enum SameSite {
        LAX,
        STRICT,
        NONE
    }
}

package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.dataplane.balance.SessionToken;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A cookie that Gatehouse gives clients to come back with (RFC 6265), and its attributes. Immutable. */
public final class StickyCookie {

    private static final byte[] SECURE = "; Secure".getBytes(StandardCharsets.US_ASCII);

    private final byte[] name;
    private final byte[] attributes;
    private final boolean secure;
    private final boolean secureOverTls;

    private StickyCookie(byte[] name, byte[] attributes, boolean secure, boolean secureOverTls) {
        this.name = name;
        this.attributes = attributes;
        this.secure = secure;
        this.secureOverTls = secureOverTls;
    }

    /** @throws IllegalArgumentException if it has an attribute that this node does not know */
    static StickyCookie of(dev.gatehouse.snapshot.proto.StickyCookie wire) {
        StringBuilder attributes = new StringBuilder("; Path=").append(wire.getPath());
        if (wire.getMaxAgeSeconds() != 0) {
            attributes.append("; Max-Age=").append(Integer.toUnsignedString(wire.getMaxAgeSeconds()));
        }
        if (!wire.getReadableByScripts()) {
            attributes.append("; HttpOnly");
        }
        attributes.append(
                switch (wire.getSameSite()) {
                    case LAX -> "; SameSite=Lax";
                    case STRICT -> "; SameSite=Strict";
                    case NONE -> "; SameSite=None";
                    case UNRECOGNIZED -> throw unknown();
                });
        return switch (wire.getSecure()) {
            case AS_THE_CLIENT -> of(wire.getName(), attributes, false, true);
            case ALWAYS -> of(wire.getName(), attributes, true, true);
            case NEVER -> of(wire.getName(), attributes, false, false);
            case UNRECOGNIZED -> throw unknown();
        };
    }

    private static IllegalArgumentException unknown() {
        return new IllegalArgumentException("gives clients a cookie of a kind that this version does not know");
    }

    private static StickyCookie of(String name, StringBuilder attributes, boolean secure, boolean secureOverTls) {
        return new StickyCookie(
                name.getBytes(StandardCharsets.US_ASCII),
                attributes.toString().getBytes(StandardCharsets.US_ASCII),
                secure,
                secureOverTls);
    }

    /** Tells the caller which session the request belongs to, if it has the cookie. Allocates nothing. */
    public void look(RequestView request, SessionKeys keys, Caller caller) {
        long found = Place.COOKIE.find(request, name);
        if (found >= 0) {
            SessionToken.read(request.bytes(), (int) (found >>> 32), (int) found, keys, caller);
        }
    }

    /** The request's own value as a key. */
    RequestKey key() {
        return new RequestKey.Named(Place.COOKIE, name);
    }

    /** The value of Set-Cookie. */
    public byte[] set(byte[] value, boolean overTls) {
        byte[] last = secure || (overTls && secureOverTls) ? SECURE : new byte[0];
        byte[] line = Arrays.copyOf(name, name.length + 1 + value.length + attributes.length + last.length);
        int at = name.length;
        line[at++] = '=';
        for (byte[] part : new byte[][] {value, attributes, last}) {
            System.arraycopy(part, 0, line, at, part.length);
            at += part.length;
        }
        return line;
    }
}

package dev.gatehouse.dataplane.balance;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets that a fleet names endpoints with in the cookies of its clients. A name is a message authentication code
 * (HMAC-SHA-256, RFC 2104) of the endpoint's address: whoever lacks the key can neither make one nor learn anything from one, and
 * every data plane of the fleet makes the same. Nothing is computed per request. Immutable; never printed.
 */
public final class SessionKeys {

    /** No keys: no endpoint has a name. */
    public static final SessionKeys NONE = new SessionKeys(List.of());

    private static final String ALGORITHM = "HmacSHA256";
    private static final long TAG = 0xffff_ffff_0000_0000L;

    private final List<SecretKeySpec> keys;

    private SessionKeys(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /** @param keys names are given by the first; those of the others are understood, so that keys can be replaced */
    public static SessionKeys of(List<byte[]> keys) {
        return new SessionKeys(
                keys.stream().map(key -> new SecretKeySpec(key, ALGORITHM)).toList());
    }

    public boolean isEmpty() {
        return keys.isEmpty();
    }

    int count() {
        return keys.size();
    }

    /**
     * The names of something, one for each key: the first 16 bytes of each code as two longs, one behind the other.
     *
     * @param what that the name is given to
     */
    private long[] names(String what) {
        byte[] text = what.getBytes(StandardCharsets.UTF_8);
        long[] names = new long[keys.size() * 2];
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            for (int i = 0; i < keys.size(); i++) {
                mac.init(keys.get(i));
                ByteBuffer code = ByteBuffer.wrap(mac.doFinal(text));
                names[2 * i] = code.getLong();
                names[2 * i + 1] = code.getLong();
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
        return names;
    }

    /**
     * The tokens of an endpoint, one for each key: 4 bytes that name its upstream, then 12 that name itself. So a session whose
     * endpoint is gone stays with its upstream, where a rule has several.
     */
    Tokens tokens(String upstream, String endpoint) {
        long[] tokens = names("endpoint\n" + upstream + "\n" + endpoint);
        long[] tags = names("upstream\n" + upstream);
        for (int i = 0; i < tokens.length; i += 2) {
            tokens[i] = (tags[i] & TAG) | (tokens[i] & ~TAG);
        }
        return new Tokens(this, tokens);
    }

    /** The tokens of an endpoint by certain keys. */
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    record Tokens(SessionKeys keys, long[] words) {

        /** Whether one of them is the caller's. */
        boolean include(Caller caller) {
            for (int i = 0; i < words.length; i += 2) {
                if (words[i] == caller.sessionHigh() && words[i + 1] == caller.sessionLow()) {
                    return true;
                }
            }
            return false;
        }

        /** Whether the caller's session is with the upstream, if not with the endpoint. */
        boolean isOfUpstream(Caller caller) {
            for (int i = 0; i < words.length; i += 2) {
                if (((words[i] ^ caller.sessionHigh()) & TAG) == 0) {
                    return true;
                }
            }
            return false;
        }

        /** Whether the caller has the one that is given out now. */
        boolean isCurrent(Caller caller) {
            return caller.isInSession() && words[0] == caller.sessionHigh() && words[1] == caller.sessionLow();
        }
    }

    /** Whether the same names come of both. */
    @Override
    public boolean equals(Object other) {
        return other instanceof SessionKeys that
                && keys.size() == that.keys.size()
                && java.util.stream.IntStream.range(0, keys.size())
                        .allMatch(i -> java.security.MessageDigest.isEqual(
                                keys.get(i).getEncoded(), that.keys.get(i).getEncoded()));
    }

    @Override
    public int hashCode() {
        return keys.isEmpty() ? 0 : Arrays.hashCode(keys.getFirst().getEncoded());
    }

    @Override
    public String toString() {
        return keys.size() + " keys";
    }
}

package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keys that the controllers have in common: each fleet's are derived from them. Never printed.
 *
 * @param current what is given out is made with it
 * @param next it will be, and is distributed so long before that no data plane meets what was made with a key that it does not know
 * @param previous what is still out was made with it, and is still taken
 */
public record SharedKeys(KeyPurpose purpose, ByteString current, ByteString next, Optional<ByteString> previous) {

    /** Of each key. */
    public static final int LENGTH = 32;

    public SharedKeys {
        check(current);
        check(next);
        previous.ifPresent(SharedKeys::check);
    }

    private static void check(ByteString key) {
        if (key.size() != LENGTH) {
            throw new IllegalArgumentException("a key has " + key.size() + " bytes, not " + LENGTH);
        }
    }

    /** New ones, of which nobody knows. */
    public static SharedKeys create(KeyPurpose purpose, SecureRandom random) {
        return new SharedKeys(purpose, key(random), key(random), Optional.empty());
    }

    /** Those that follow: what was made with the one before the current is no longer taken. */
    public SharedKeys successor(SecureRandom random) {
        return new SharedKeys(purpose, next, key(random), Optional.of(current));
    }

    private static ByteString key(SecureRandom random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        return ByteString.copyFrom(key);
    }

    /** All of them, the current one first. */
    public List<ByteString> all() {
        List<ByteString> all = new ArrayList<>(List.of(current, next));
        previous.ifPresent(all::add);
        return List.copyOf(all);
    }

    @Override
    public String toString() {
        return purpose.what();
    }
}

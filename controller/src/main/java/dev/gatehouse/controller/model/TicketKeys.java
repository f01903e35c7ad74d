package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the session tickets of all fleets are made with: each fleet's keys are derived from these. Never printed.
 *
 * @param current tickets are made with it
 * @param next it will be, and is distributed so long before that no data plane meets a ticket whose key it does not know
 * @param previous tickets were made with it, which are still taken
 */
public record TicketKeys(ByteString current, ByteString next, Optional<ByteString> previous) {

    /** How long each makes tickets. They are taken for as long again. */
    public static final Duration PERIOD = Duration.ofHours(12);

    /** Of each key. */
    public static final int LENGTH = 32;

    public TicketKeys {
        check(current);
        check(next);
        previous.ifPresent(TicketKeys::check);
    }

    private static void check(ByteString key) {
        if (key.size() != LENGTH) {
            throw new IllegalArgumentException("a key of session tickets has " + key.size() + " bytes, not " + LENGTH);
        }
    }

    /** New ones, of which nobody knows. */
    public static TicketKeys create(SecureRandom random) {
        return new TicketKeys(key(random), key(random), Optional.empty());
    }

    /** Those that follow: tickets of the one before the current are no longer taken. */
    public TicketKeys successor(SecureRandom random) {
        return new TicketKeys(next, key(random), Optional.of(current));
    }

    private static ByteString key(SecureRandom random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        return ByteString.copyFrom(key);
    }

    /** All of them, the one that makes tickets first. */
    public List<ByteString> all() {
        List<ByteString> all = new ArrayList<>(List.of(current, next));
        previous.ifPresent(all::add);
        return List.copyOf(all);
    }

    @Override
    public String toString() {
        return "keys of session tickets";
    }
}

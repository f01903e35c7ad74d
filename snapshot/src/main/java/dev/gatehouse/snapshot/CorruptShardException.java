package dev.gatehouse.snapshot;

/** A shard's bytes are not what they were announced to be. The message names the shard, never its content. */
public final class CorruptShardException extends Exception {

    private static final long serialVersionUID = 1L;

    public CorruptShardException(String message) {
        super(message);
    }
}

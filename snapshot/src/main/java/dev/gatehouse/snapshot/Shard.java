package dev.gatehouse.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.io.IOException;

/**
 * One shard of a snapshot: an id, its canonical bytes and their digest. The bytes are made once and shared by every
 * session that sends them. Immutable; {@link #toString()} never shows the content, which may be a private key.
 *
 * @param id names it
 * @param digest SHA-256 of {@code bytes}
 * @param bytes canonical encoding of a {@link ShardBody}
 */
public record Shard(ShardId id, Digest digest, ByteString bytes) {

    /**
     * Encodes {@code body}.
     *
     * @throws IllegalArgumentException if the body is not of the kind that {@code id} names
     */
    public static Shard of(ShardId id, ShardBody body) {
        if (body.getBodyCase() != id.kind().body()) {
            throw new IllegalArgumentException(id + " cannot hold a body of kind " + body.getBodyCase());
        }
        byte[] encoded = canonical(body);
        return new Shard(id, Digest.of(encoded), com.google.protobuf.UnsafeByteOperations.unsafeWrap(encoded));
    }

    /**
     * Takes over a shard read from the wire.
     *
     * @throws CorruptShardException if the bytes do not have this digest
     */
    public static Shard verified(ShardId id, Digest digest, ByteString bytes) throws CorruptShardException {
        Digest actual = Digest.of(bytes.toByteArray());
        if (!actual.equals(digest)) {
            throw new CorruptShardException(id + ": announced as " + digest + " but its bytes are " + actual);
        }
        return new Shard(id, digest, bytes);
    }

    /**
     * Decodes the body.
     *
     * @throws CorruptShardException if the bytes are no {@link ShardBody} of the kind that the id names
     */
    public ShardBody body() throws CorruptShardException {
        try {
            ShardBody body = ShardBody.parseFrom(bytes);
            if (body.getBodyCase() != id.kind().body()) {
                throw new CorruptShardException(id + " holds a body of kind " + body.getBodyCase());
            }
            return body;
        } catch (InvalidProtocolBufferException e) {
            throw new CorruptShardException(id + " cannot be decoded: " + e.getMessage());
        }
    }

    private static byte[] canonical(ShardBody body) {
        byte[] out = new byte[body.getSerializedSize()];
        CodedOutputStream stream = CodedOutputStream.newInstance(out);
        stream.useDeterministicSerialization();
        try {
            body.writeTo(stream);
        } catch (IOException e) {
            throw new IllegalStateException("an array of the computed size cannot overflow", e);
        }
        stream.checkNoSpaceLeft();
        return out;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shard s && id.equals(s.id) && digest.equals(s.digest);
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    @Override
    public String toString() {
        return id + "@" + digest;
    }
}

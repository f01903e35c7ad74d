package dev.gatehouse.dataplane.control;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Commit;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import dev.gatehouse.snapshot.wire.Frames;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A snapshot in a file: the delta that would lead to it from nothing, as a controller would send it. So it is checked by what
 * checks a controller: each shard by its digest, and the whole by the root that ends it. A file is whole or not there:
 * it is written beside the one before and then takes its place.
 *
 * @param shards in the order in which they were written
 * @param root that they must lead to
 * @param written when
 */
record KeptSnapshot(List<Shard> shards, Digest root, Instant written) {

    private static final int PART_BYTES = 1024 * 1024;
    private static final int PREFIX = 5;

    /** What keeps its files in memory. Private keys are written nowhere else. */
    private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs");

    /** Whether what is written to a folder stays in memory. */
    static boolean staysInMemory(Path folder) throws IOException {
        return MEMORY.contains(Files.getFileStore(folder).type());
    }

    /** Puts a snapshot into the place of the one before. Nobody but this user may read it. */
    static void write(Path file, Snapshot snapshot) throws IOException {
        Path next = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                file.getFileName() + ".",
                ".next",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (OutputStream out = Files.newOutputStream(next)) {
                write(out, snapshot);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static void write(OutputStream out, Snapshot snapshot) throws IOException {
        Delta.Builder part = Delta.newBuilder();
        int bytes = 0;
        for (Shard shard : snapshot.sorted()) {
            if (bytes > PART_BYTES) {
                out.write(frame(part));
                part = Delta.newBuilder();
                bytes = 0;
            }
            part.addUpdates(ShardUpdate.newBuilder()
                    .setId(shard.id().toString())
                    .setDigest(UnsafeByteOperations.unsafeWrap(shard.digest().toBytes()))
                    .setBody(shard.bytes()));
            bytes += shard.bytes().size();
        }
        part.setCommit(Commit.newBuilder()
                .setRoot(UnsafeByteOperations.unsafeWrap(snapshot.root().toBytes())));
        out.write(frame(part));
    }

    private static byte[] frame(Delta.Builder part) {
        return Frames.encode(ControllerMessage.newBuilder().setDelta(part).build());
    }

    /**
     * Reads a file. The root is not compared yet: that is done by whoever puts it in force.
     *
     * @throws CorruptShardException if it is not what was written; the message says what is wrong
     */
    static KeptSnapshot read(Path file) throws IOException, CorruptShardException {
        byte[] all = Files.readAllBytes(file);
        List<Shard> shards = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(all);
        while (in.remaining() >= PREFIX) {
            boolean compressed = in.get() != 0;
            int length = in.getInt();
            if (compressed || length < 0 || length > in.remaining()) {
                throw new CorruptShardException("it is cut off or damaged at byte " + in.position());
            }
            Delta part = part(all, in.position(), length);
            in.position(in.position() + length);
            for (ShardUpdate update : part.getUpdatesList()) {
                shards.add(Shard.verified(
                        ShardId.parse(update.getId()), digest(update.getDigest().toByteArray()), update.getBody()));
            }
            if (part.hasCommit()) {
                if (in.hasRemaining()) {
                    throw new CorruptShardException("something follows its end at byte " + in.position());
                }
                Digest root = digest(part.getCommit().getRoot().toByteArray());
                return new KeptSnapshot(
                        shards, root, Files.getLastModifiedTime(file).toInstant());
            }
        }
        throw new CorruptShardException("it is cut off after " + all.length + " bytes");
    }

    private static Delta part(byte[] all, int from, int length) throws CorruptShardException {
        try {
            return ControllerMessage.parser().parseFrom(all, from, length).getDelta();
        } catch (InvalidProtocolBufferException e) {
            throw new CorruptShardException("it is damaged behind byte " + from + ": " + e.getMessage());
        }
    }

    private static Digest digest(byte[] bytes) throws CorruptShardException {
        if (bytes.length != Digest.LENGTH) {
            throw new CorruptShardException("a digest has " + bytes.length + " bytes");
        }
        return Digest.ofBytes(bytes);
    }
}

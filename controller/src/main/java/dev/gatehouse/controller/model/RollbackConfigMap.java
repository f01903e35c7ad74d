package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * The form in which a rollback is kept, for all replicas to read: a ConfigMap of the controller's namespace for each fleet. It holds
 * host shards, which are what ProxyRoutes and Ingresses say, and no keys.
 */
public final class RollbackConfigMap {

    /** Before the fleet. */
    public static final String PREFIX = "gatehouse-rollback-";

    /** What the API server takes, less the rest of the object. */
    public static final int MAX_BYTES = 1_000_000;

    private static final String FLEET = "fleet";
    private static final String ROOT = "root";
    private static final String ONLY = "hosts";
    private static final String CONTENT = "shards.gz";

    private RollbackConfigMap() {}

    /** Names can have dots, and namespaces cannot. */
    public static String name(FleetKey fleet) {
        return PREFIX + fleet.namespace() + "." + fleet.name();
    }

    /** What is written as text. */
    public static Map<String, String> data(Rollback rollback) {
        return Map.of(
                FLEET, rollback.fleet().toString(),
                ROOT, rollback.root(),
                ONLY, String.join("\n", rollback.only()));
    }

    /** What is written as octets, in base64. */
    public static Map<String, String> binaryData(Rollback rollback) {
        return Map.of(
                CONTENT,
                Base64.getEncoder().encodeToString(zipped(rollback.hosts().values())));
    }

    private static byte[] zipped(Collection<Shard> hosts) {
        List<Shard> sorted = new ArrayList<>(hosts);
        sorted.sort((a, b) -> a.id().compareTo(b.id()));
        Delta.Builder all = Delta.newBuilder();
        for (Shard shard : sorted) {
            all.addUpdates(ShardUpdate.newBuilder()
                    .setId(shard.id().toString())
                    .setDigest(ByteString.copyFrom(shard.digest().toBytes()))
                    .setBody(shard.bytes()));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            all.build().writeTo(zip);
        } catch (IOException e) {
            throw new UncheckedIOException("an array takes all that is written", e);
        }
        return bytes.toByteArray();
    }

    /** What stands in a ConfigMap; empty if it is another one, or cannot be read. */
    public static Optional<Rollback> read(ConfigMap config) {
        Map<String, String> data = Objects.requireNonNullElse(config.getData(), Map.of());
        Map<String, String> binary = Objects.requireNonNullElse(config.getBinaryData(), Map.of());
        if (!config.getMetadata().getName().startsWith(PREFIX)
                || !data.containsKey(FLEET)
                || !data.containsKey(ROOT)
                || !binary.containsKey(CONTENT)) {
            return Optional.empty();
        }
        try (GZIPInputStream zip =
                new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(binary.get(CONTENT))))) {
            Map<ShardId, Shard> hosts = new TreeMap<>();
            for (ShardUpdate update : Delta.parseFrom(zip).getUpdatesList()) {
                Shard shard = Shard.verified(
                        ShardId.parse(update.getId()),
                        Digest.ofBytes(update.getDigest().toByteArray()),
                        update.getBody());
                if (shard.id().kind() == ShardKind.HOST) {
                    hosts.put(shard.id(), shard);
                }
            }
            TreeSet<String> only = new TreeSet<>();
            data.getOrDefault(ONLY, "").lines().filter(line -> !line.isBlank()).forEach(line -> only.add(line.strip()));
            return Optional.of(new Rollback(FleetKey.parse(data.get(FLEET)), data.get(ROOT), only, hosts));
        } catch (IOException | CorruptShardException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

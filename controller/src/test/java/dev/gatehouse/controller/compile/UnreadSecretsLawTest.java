package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.gatehouse.controller.compile.Histories.Event;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.ShardKind;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The law of the compiler where Secrets are read only when somebody refers to them: whenever they are read, and whatever goes wrong
 * with that on the way, once everything that was asked for was read the result is byte for byte that of compiling all objects anew.
 */
class UnreadSecretsLawTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    @Provide
    Arbitrary<List<Event>> histories() {
        return Histories.aboutSecrets();
    }

    /** A cluster as the watches show it: of Secrets that are not of type kubernetes.io/tls, only metadata comes unasked. */
    private static final class Cluster {

        private final World world;
        private final Random random;
        private final boolean holds;
        private final Map<ObjectKey, ResourceModel> objects = new LinkedHashMap<>();
        private final Map<ObjectKey, ResourceModel> lastGood = new HashMap<>();
        private final Set<ObjectKey> asked = new LinkedHashSet<>();
        private final List<Change> batch = new ArrayList<>();

        Cluster(WorldOptions options, Random random) {
            this.world = new World(options.readingSecrets());
            this.random = random;
            this.holds = options.blastRadius().percent() > 0;
        }

        void run(List<Event> history) {
            for (Event event : history) {
                see(event);
                if (event.endsBatch()) {
                    answerSome();
                    apply();
                }
            }
            apply();
            for (int round = 0; !asked.isEmpty(); round++) {
                assertThat(round).as("it comes to an end").isLessThan(10);
                List.copyOf(asked).forEach(this::answer);
                apply();
            }
        }

        private void see(Event event) {
            ResourceModel model = event.model();
            if (event.gone()) {
                objects.remove(model.key());
                asked.remove(model.key());
            } else {
                objects.put(model.key(), model);
            }
            if (Histories.servable(model) && !event.gone()) {
                lastGood.put(model.key(), model);
            }
            if (model instanceof SecretModel secret && !event.gone()) {
                if (secret.isTls()) {
                    asked.remove(model.key());
                } else {
                    batch.add(new Change.Upsert(SecretModel.unread(secret.meta(), false)));
                    return;
                }
            }
            batch.add(event.change());
        }

        private void answerSome() {
            for (ObjectKey key : List.copyOf(asked)) {
                switch (random.nextInt(4)) {
                    case 0 -> answer(key);
                    case 1 -> {
                        if (world.wanted().contains(key)) {
                            batch.add(new Change.Refuse(key, "no " + random.nextInt(2)));
                        } else {
                            asked.remove(key);
                        }
                    }
                    default -> {} // later
                }
            }
        }

        private void answer(ObjectKey key) {
            asked.remove(key);
            ResourceModel found = objects.get(key);
            if (found != null) {
                batch.add(new Change.Upsert(found));
            }
        }

        /**
         * What waits for a Secret goes on as it is, with everything that it needs and that is not gone or broken itself; what was missing
         * before may be so for as long.
         */
        private void assertNothingIsMissing(Snapshot before, Snapshot snapshot) {
            if (holds || objects.keySet().stream().anyMatch(Cluster::isRollback)) {
                return; // what is held back or rolled back to may have lost anything
            }
            Objects known = new Objects();
            for (ResourceModel model : objects.values()) {
                Optional<SecretModel> kept = world.secret(model.key()).filter(secret -> !secret.isUnread());
                known.put(kept.isPresent() ? kept.get() : model);
            }
            Set<String> named = new LinkedHashSet<>();
            snapshot.forEach(shard -> {
                Set<String> here = new LinkedHashSet<>();
                collect(body(shard), here);
                boolean same = before.get(shard.id()).filter(shard::equals).isPresent();
                here.removeIf(id -> snapshot.get(ShardId.parse(id)).isPresent());
                here.removeIf(id -> same && before.get(ShardId.parse(id)).isEmpty());
                named.addAll(here);
            });
            named.removeIf(id -> isBroken(ShardId.parse(id), known));
            assertThat(named).isEmpty();
        }

        private static boolean isBroken(ShardId id, Objects known) {
            String[] name = id.name().split("/");
            return id.kind() == ShardKind.UPSTREAM
                    && known.service(ObjectKey.service(name[0], name[1]))
                            .filter(service -> new BackendTlsCompiler(known)
                                    .problem(service)
                                    .isEmpty())
                            .isEmpty();
        }

        private static boolean isRollback(ObjectKey key) {
            return key.kind() == Kind.CONFIG_MAP && key.namespace().equals(FLEET.namespace());
        }

        private void apply() {
            Map<FleetKey, Snapshot> before = new HashMap<>();
            world.fleets().forEach(fleet -> before.put(fleet, world.snapshot(fleet)));
            Outcome outcome = world.apply(batch);
            batch.clear();
            assertThat(world.wanted()).containsAll(outcome.unread());
            asked.addAll(outcome.unread());
            world.fleets()
                    .forEach(fleet -> assertNothingIsMissing(
                            before.getOrDefault(fleet, Snapshot.empty()), world.snapshot(fleet)));
            assertThat(asked).as("nothing is waited for that was not asked for").containsAll(world.wanted());
        }
    }

    private static ShardBody body(Shard shard) {
        try {
            return shard.body();
        } catch (CorruptShardException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void collect(Message message, Set<String> named) {
        if (message instanceof Host host) {
            named.addAll(host.getCertificatesList());
        } else if (message instanceof Backend backend && !backend.getUpstream().isEmpty()) {
            named.add(backend.getUpstream());
        } else if (message instanceof Upstream upstream) {
            Stream.of(upstream.getEndpoints(), upstream.getTls().getClientCertificate())
                    .filter(id -> !id.isEmpty())
                    .forEach(named::add);
        }
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                List<?> all = field.isRepeated() ? (List<?>) value : List.of(value);
                all.forEach(one -> collect((Message) one, named));
            }
        });
    }

    private static World full(Cluster cluster, WorldOptions options) {
        Set<ObjectKey> kept = cluster.world.kept();
        List<Change> anew = new ArrayList<>();
        List<Change> bad = new ArrayList<>();
        cluster.objects.forEach((key, model) -> (kept.contains(key) ? bad : anew).add(new Change.Upsert(model)));
        for (ObjectKey key : kept) {
            anew.add(new Change.Upsert(java.util.Objects.requireNonNull(cluster.lastGood.get(key))));
            if (!cluster.objects.containsKey(key)) {
                bad.add(new Change.Delete(key));
            }
        }
        World full = new World(options);
        full.apply(anew);
        full.apply(bad);
        return full;
    }

    private static void assertSame(World incremental, World full) {
        assertThat(incremental.fleets()).isEqualTo(full.fleets());
        for (FleetKey fleet : full.fleets()) {
            assertThat(incremental.held(fleet)).isEmpty();
            assertThat(incremental.snapshot(fleet).sorted())
                    .isEqualTo(full.snapshot(fleet).sorted());
            assertThat(incremental.snapshot(fleet).root())
                    .isEqualTo(full.snapshot(fleet).root());
        }
        assertThat(incremental.verdicts()).isEqualTo(full.verdicts());
        assertThat(incremental.kept()).isEqualTo(full.kept());
    }

    @Property(tries = 2000)
    void wheneverSecretsAreReadItGivesWhatAFullCompileGives(
            @ForAll("histories") List<Event> history, @ForAll long seed) {
        Cluster cluster = new Cluster(WorldOptions.cluster(FLEET), new Random(seed));
        cluster.run(history);

        assertThat(cluster.world.wanted()).isEmpty();
        assertThat(cluster.world.pending()).isEmpty();
        assertSame(cluster.world, full(cluster, WorldOptions.cluster(FLEET)));
        World anew = full(cluster, WorldOptions.cluster(FLEET).readingSecrets());
        for (ObjectKey key : cluster.objects.keySet()) {
            assertThat(cluster.world.secret(key).map(SecretModel::isUnread))
                    .as("whether no more than the metadata of %s is kept", key)
                    .isEqualTo(anew.secret(key).map(SecretModel::isUnread));
        }
    }

    @Property(tries = 500)
    void andSoItIsWithWhatWasHeldBackAndReleased(@ForAll("histories") List<Event> history, @ForAll long seed) {
        Cluster cluster =
                new Cluster(WorldOptions.cluster(FLEET, FLEET.namespace(), new BlastRadius(20, 1)), new Random(seed));
        cluster.run(history);
        for (FleetKey fleet : Set.copyOf(cluster.world.fleets())) {
            assertThat(cluster.world.release(fleet).unread()).isEmpty();
        }

        assertSame(cluster.world, full(cluster, WorldOptions.cluster(FLEET)));
    }
}

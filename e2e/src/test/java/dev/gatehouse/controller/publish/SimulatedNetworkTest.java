package dev.gatehouse.controller.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.dataplane.control.NodeProtocol;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.ControllerMessage;
import dev.gatehouse.snapshot.proto.Delta;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.ShardUpdate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both ends of the protocol and nothing between them but chance: replicas that lag behind each other, nodes that come and go, messages
 * that wait, deltas that are cut off or damaged on the way, shards that nodes refuse. Whatever happened, every node ends at the root
 * of the controllers, with every shard that can be used. A seed is a schedule: what fails names its seed, and fails again with it.
 */
class SimulatedNetworkTest {

    private static final int SEEDS = Integer.getInteger("gatehouse.simulation.seeds", 300);
    private static final long FIRST_SEED = Long.getLong("gatehouse.simulation.first", 1);
    private static final int STEPS = 400;
    private static final int IDS = 12;
    private static final int NODES = 4;
    private static final int REPLICAS = 2;

    private Random random = new Random(0);
    private final TreeMap<ShardId, Shard> objects = new TreeMap<>();
    private final Set<Digest> bad = new HashSet<>();
    private final List<Replica> replicas = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();

    static LongStream seeds() {
        return LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS);
    }

    /** Publishes to its streams, perhaps later than the other one. */
    private static final class Replica {
        private Snapshot newest = Snapshot.empty();
        private final List<Link> links = new ArrayList<>();

        void publish(Snapshot snapshot) {
            newest = snapshot;
            links.forEach(link -> link.down.addAll(link.session.onPublished(snapshot)));
        }
    }

    private static final class Node {
        private final Tables tables = new Tables();
        private final SnapshotReceiver receiver = new SnapshotReceiver(tables, BackendTls.maker());
        private Optional<Link> link = Optional.empty();
    }

    /** A stream, with what is on its way. */
    private static final class Link {
        private final Node node;
        private final Replica replica;
        private final Session session;
        private final NodeProtocol protocol;
        private final Deque<ControllerMessage> down = new ArrayDeque<>();
        private final Deque<NodeMessage> up = new ArrayDeque<>();

        Link(Node node, Replica replica) {
            this.node = node;
            this.replica = replica;
            this.session = new Session(replica.newest);
            this.protocol = new NodeProtocol(node.receiver);
            up.add(protocol.hello("edge/default", List.of()));
        }

        /** What is on its way is lost. */
        void cut() {
            replica.links.remove(this);
            node.link = Optional.empty();
        }

        void deliverUp() {
            NodeMessage message = up.remove();
            try {
                down.addAll(
                        switch (message.getMessageCase()) {
                            case HELLO -> session.onHello(message.getHello());
                            case INVENTORY -> session.onInventory(message.getInventory());
                            case ACK -> session.onAck(message.getAck());
                            case MESSAGE_NOT_SET -> throw new AssertionError("an empty message");
                        });
            } catch (Session.ProtocolException e) {
                cut();
            }
        }

        void deliverDown(ControllerMessage message) {
            try {
                ControllerMessage read = ControllerMessage.parseFrom(message.toByteString());
                if (read.hasInventoryRequest()) {
                    up.add(protocol.inventory());
                } else {
                    protocol.stage(read.getDelta()).ifPresent(change -> up.add(protocol.apply(change)));
                }
            } catch (CorruptShardException e) {
                cut();
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyScheduleLeavesEveryNodeAtTheRootOfTheControllers(long seed) {
        random = new Random(seed);
        for (int i = 0; i < REPLICAS; i++) {
            replicas.add(new Replica());
        }
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node());
        }
        for (int i = 0; i < STEPS; i++) {
            step();
        }
        settle();
        Snapshot wanted = Snapshot.of(objects.values());
        for (Node node : nodes) {
            assertThat(node.receiver.announced().root()).isEqualTo(wanted.root());
            assertThat(node.tables.current().snapshot()).isEqualTo(node.receiver.held());
            wanted.forEach(shard -> {
                Optional<Shard> held = node.receiver.held().get(shard.id());
                if (bad.contains(shard.digest())) {
                    assertThat(held.filter(one -> bad.contains(one.digest()))).isEmpty();
                } else {
                    assertThat(held).contains(shard);
                }
            });
            node.receiver
                    .held()
                    .forEach(shard -> assertThat(wanted.get(shard.id()))
                            .as("nothing is held that is gone")
                            .isPresent());
        }
    }

    private void step() {
        switch (random.nextInt(10)) {
            case 0, 1 -> change();
            case 2 -> any(replicas).publish(Snapshot.of(objects.values()));
            case 3 -> connect(any(nodes));
            case 4 -> {
                if (random.nextInt(3) == 0) {
                    any(nodes).link.ifPresent(Link::cut);
                }
            }
            case 5, 6 -> any(nodes).link.filter(link -> !link.up.isEmpty()).ifPresent(Link::deliverUp);
            default -> any(nodes).link.filter(link -> !link.down.isEmpty()).ifPresent(this::deliverDown);
        }
    }

    private <T> T any(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    private void change() {
        int number = random.nextInt(IDS);
        ShardId id = number == 0 ? ShardId.parse("later/kind") : ShardId.host("h" + number + ".example.com");
        if (random.nextInt(4) == 0) {
            objects.remove(id);
            return;
        }
        boolean usable = number != 0 && random.nextInt(4) > 0;
        Host.Builder host = Host.newBuilder()
                .setName(usable ? id.name() : "of-another-name")
                .addCertificates("certificate/shop/version-" + random.nextInt(3));
        byte[] bytes = ShardBody.newBuilder().setHost(host).build().toByteArray();
        Shard shard = new Shard(id, Digest.of(bytes), ByteString.copyFrom(bytes));
        objects.put(id, shard);
        if (!usable) {
            bad.add(shard.digest());
        }
    }

    private void connect(Node node) {
        if (node.link.isEmpty()) {
            Link link = new Link(node, any(replicas));
            node.link = Optional.of(link);
            link.replica.links.add(link);
        }
    }

    private void deliverDown(Link link) {
        ControllerMessage message = link.down.remove();
        boolean damaged = message.getDelta().getUpdatesCount() > 0 && random.nextInt(8) == 0;
        link.deliverDown(damaged ? damaged(message) : message);
    }

    /** A bit of a shard turned over, or a shard left out: the first is seen by the shard's digest, the second by the root. */
    private ControllerMessage damaged(ControllerMessage message) {
        Delta.Builder delta = message.getDelta().toBuilder();
        int one = random.nextInt(delta.getUpdatesCount());
        if (random.nextBoolean()) {
            delta.removeUpdates(one);
        } else {
            ShardUpdate update = delta.getUpdates(one);
            byte[] body = update.getBody().toByteArray();
            body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
            delta.setUpdates(one, update.toBuilder().setBody(ByteString.copyFrom(body)));
        }
        return message.toBuilder().setDelta(delta).build();
    }

    /** The network is whole again, and everybody has seen everything. */
    private void settle() {
        replicas.forEach(replica -> replica.publish(Snapshot.of(objects.values())));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (Node node : nodes) {
                connect(node);
                Link link = node.link.orElseThrow();
                if (!link.up.isEmpty()) {
                    link.deliverUp();
                    moved = true;
                } else if (!link.down.isEmpty()) {
                    link.deliverDown(link.down.remove());
                    moved = true;
                }
            }
        }
    }
}

package dev.gatehouse.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SnapshotTest {

    private static Shard endpoints(String service, int... ports) {
        Endpoints.Builder all = Endpoints.newBuilder();
        for (int port : ports) {
            all.addEndpoints(Endpoint.newBuilder()
                    .setAddress(ByteString.copyFrom(new byte[] {10, 0, 0, 1}))
                    .setPort(port));
        }
        return Shard.of(
                ShardId.endpoints("shop", service, 80),
                ShardBody.newBuilder().setEndpoints(all).build());
    }

    @Test
    void theEncodingAndTheRootArePinned() {
        Shard host = Shard.of(
                ShardId.host("shop.example.com"),
                ShardBody.newBuilder()
                        .setHost(Host.newBuilder()
                                .setName("shop.example.com")
                                .addRules(Rule.newBuilder()
                                        .setId("Ingress/shop/web#0")
                                        .setMatch(Match.newBuilder().setPrefix("/"))
                                        .addBackends(Backend.newBuilder()
                                                .setUpstream("upstream/shop/api/80")
                                                .setWeight(1))))
                        .build());
        assertThat(java.util.HexFormat.of().formatHex(host.bytes().toByteArray()))
                .isEqualTo(golden("host-bytes"));
        assertThat(Snapshot.of(List.of(host, endpoints("api", 8080))).root().hex())
                .isEqualTo(golden("root"));
        assertThat(Snapshot.empty().root().hex()).isEqualTo(golden("empty-root"));
    }

    @Test
    void thePlaceOfTheProxyProtocolIsPinned() {
        Shard listener = Shard.of(
                ShardId.listener("http"),
                ShardBody.newBuilder()
                        .setListener(Listener.newBuilder()
                                .setName("http")
                                .addTrustedProxies("10.0.0.0/8")
                                .setProxyProtocol(true))
                        .build());
        Shard upstream = Shard.of(
                ShardId.upstream("shop", "api", 80),
                ShardBody.newBuilder()
                        .setUpstream(Upstream.newBuilder()
                                .setEndpoints("endpoints/shop/api/80")
                                .setProxyProtocol(Upstream.ProxyProtocol.V2))
                        .build());
        assertThat(java.util.HexFormat.of().formatHex(listener.bytes().toByteArray()))
                .isEqualTo(golden("proxy-protocol-listener-bytes"));
        assertThat(java.util.HexFormat.of().formatHex(upstream.bytes().toByteArray()))
                .isEqualTo(golden("proxy-protocol-upstream-bytes"));
    }

    @Test
    void thePlaceOfTlsToBackendsIsPinned() {
        Shard upstream = Shard.of(
                ShardId.upstream("shop", "api", 80),
                ShardBody.newBuilder()
                        .setUpstream(Upstream.newBuilder()
                                .setEndpoints("endpoints/shop/api/80")
                                .setTls(Upstream.Tls.newBuilder()
                                        .setServerName("api.shop.svc")
                                        .addNames("spiffe://shop/api")
                                        .addTrusted(ByteString.copyFrom(new byte[] {48, 0}))
                                        .setClientCertificate("certificate/shop/edge")
                                        .setUnverified(true)))
                        .build());
        assertThat(java.util.HexFormat.of().formatHex(upstream.bytes().toByteArray()))
                .isEqualTo(golden("tls-upstream-bytes"));
    }

    private static String golden(String name) {
        try (var in = SnapshotTest.class.getResourceAsStream("/golden/" + name + ".txt")) {
            assertThat(in).as("golden file %s", name).isNotNull();
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).trim();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aBodyOfAnotherKindIsRefused() {
        ShardBody body = ShardBody.newBuilder()
                .setEndpoints(Endpoints.getDefaultInstance())
                .build();
        assertThatThrownBy(() -> Shard.of(ShardId.host("a"), body)).hasMessageContaining("host/a");
    }

    @Test
    void bytesThatDoNotHaveTheirDigestAreRefused() {
        Shard shard = endpoints("api", 1);
        assertThatThrownBy(() -> Shard.verified(shard.id(), shard.digest(), ByteString.copyFromUtf8("x")))
                .isInstanceOf(CorruptShardException.class)
                .hasMessageContaining("endpoints/shop/api/80");
    }

    @Test
    void idsSurviveBeingWrittenAndRead() {
        for (ShardId id : List.of(
                ShardId.GLOBAL,
                ShardId.host("*"),
                ShardId.host("*.example.com"),
                ShardId.certificate("a", "b"),
                ShardId.upstream("a", "b", 80),
                ShardId.listener("https"))) {
            assertThat(ShardId.parse(id.toString())).isEqualTo(id);
        }
    }

    /** The root depends on the content, never on the way that led there. */
    @Property(tries = 200)
    void anyOrderOfChangesLeadsToTheSameRoot(@ForAll long seed) {
        Random random = new Random(seed);
        Map<ShardId, Shard> expected = new TreeMap<>();
        Snapshot snapshot = Snapshot.empty();
        for (int i = 0; i < 60; i++) {
            Shard shard = endpoints("s" + random.nextInt(30), random.nextInt(3) + 1);
            if (random.nextInt(4) == 0) {
                expected.remove(shard.id());
                snapshot = snapshot.with(List.of(), Set.of(shard.id()));
            } else {
                expected.put(shard.id(), shard);
                snapshot = snapshot.with(List.of(shard), Set.of());
            }
        }
        List<Shard> shuffled = new ArrayList<>(expected.values());
        Collections.shuffle(shuffled, random);
        Snapshot rebuilt = Snapshot.of(shuffled);
        assertThat(snapshot.root()).isEqualTo(rebuilt.root());
        assertThat(snapshot.size()).isEqualTo(expected.size());
        assertThat(snapshot.sorted()).isEqualTo(List.copyOf(expected.values()));
    }

    @Property(tries = 200)
    void theDifferenceLeadsFromOneToTheOther(@ForAll long seed) {
        Random random = new Random(seed);
        Snapshot a = Snapshot.empty();
        Snapshot b = Snapshot.empty();
        for (int i = 0; i < 40; i++) {
            Shard shard = endpoints("s" + i, random.nextInt(2) + 1);
            a = random.nextBoolean() ? a.with(List.of(shard), Set.of()) : a;
            b = random.nextBoolean() ? b.with(List.of(shard), Set.of()) : b;
        }
        Snapshot.Difference difference = a.differenceTo(b);
        assertThat(a.with(difference.updates(), difference.removed()).root()).isEqualTo(b.root());
        assertThat(b.differenceTo(b).isEmpty()).isTrue();
    }
}

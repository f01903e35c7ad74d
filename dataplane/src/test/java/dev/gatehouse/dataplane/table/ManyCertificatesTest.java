package dev.gatehouse.dataplane.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.control.ApplyResult;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ten thousand certificates: what they cost to load and to keep, and what it costs to replace one of them. */
class ManyCertificatesTest {

    private static final int COUNT = 10_000;
    private static final int MAX_HEAP_EACH = 6 * 1024;

    /** Half a minute where two seconds are meant, and a second for 20 ms: how fast a machine of many is, is no promise of ours. */
    private static final Duration GENEROUS_LOAD = Duration.ofSeconds(30);

    private static final Duration GENEROUS_REPLACEMENT = Duration.ofSeconds(1);

    private static final TestCertificate AUTHORITY = TestCertificate.authority("many");
    private static final TestCertificate ECDSA =
            CertificateBuilder.of(host(99_999)).issuer(AUTHORITY).build();
    private static final TestCertificate NEXT =
            CertificateBuilder.of(host(99_999)).issuer(AUTHORITY).build();
    private static final TestCertificate RSA =
            CertificateBuilder.of(host(99_999)).issuer(AUTHORITY).rsa(2048).build();

    private static String host(int i) {
        return "h%05d.example.com".formatted(i);
    }

    private static ShardId id(int i) {
        return ShardId.certificate("shop", "tls-" + i);
    }

    /** A copy of a template with another name: to sign all would take most of a minute, and nobody here looks at that. */
    private static Shard shard(int i, TestCertificate template) {
        String text = new String(template.der(), StandardCharsets.ISO_8859_1).replace(host(99_999), host(i));
        return Shard.of(
                id(i),
                ShardBody.newBuilder()
                        .setCertificate(Certificate.newBuilder()
                                .addChain(ByteString.copyFrom(text, StandardCharsets.ISO_8859_1))
                                .addChain(ByteString.copyFrom(AUTHORITY.der()))
                                .setPrivateKey(ByteString.copyFrom(template.pkcs8())))
                        .build());
    }

    /** Every tenth with RSA. */
    private static Snapshot snapshot() {
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            shards.add(shard(i, i % 10 == 0 ? RSA : ECDSA));
            shards.add(Shard.of(
                    ShardId.host(host(i)),
                    ShardBody.newBuilder()
                            .setHost(Host.newBuilder().setName(host(i)).addCertificates(id(i).toString()))
                            .build()));
        }
        return Snapshot.of(shards);
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void tenThousandAreLoadedAtOnceAndReplacedOneByOne() {
        Snapshot snapshot = snapshot();
        List<Shard> shards = snapshot.sorted();
        Tables tables = new Tables();
        SnapshotReceiver receiver = new SnapshotReceiver(tables, BackendTls.maker());
        long before = heap();
        long begin = System.nanoTime();
        ApplyResult applied = receiver.apply(shards, List.of(), snapshot.root());
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        long each = (heap() - before) / COUNT;
        assertThat(applied.error()).isEmpty();
        assertThat(applied.refused()).isEmpty();
        assertThat(shards).hasSize(2 * COUNT); // they were there before as well: the material
        assertThat(took).isLessThan(GENEROUS_LOAD);
        assertThat(each).as("heap of each beside the bytes of its shards").isLessThan(MAX_HEAP_EACH);

        Set<ServerCertificate> known = identities(tables);
        assertThat(known).hasSize(COUNT);
        long[] nanos = new long[200];
        for (int i = 0; i < nanos.length; i++) {
            int replaced = (i * 7919) % COUNT;
            Shard next = shard(replaced, NEXT);
            Snapshot after = receiver.held().with(List.of(next), List.of());
            long start = System.nanoTime();
            assertThat(receiver.apply(List.of(next), List.of(), after.root()).refused())
                    .isEmpty();
            nanos[i] = System.nanoTime() - start;
            assertThat(tables.current().certificates().choose(host(replaced)))
                    .singleElement()
                    .satisfies(one -> assertThat(one.digest()).isEqualTo(next.digest()));
        }
        Set<ServerCertificate> now = identities(tables);
        assertThat(now).hasSize(COUNT);
        now.removeAll(known);
        assertThat(now).as("the others are the very same").hasSize(nanos.length);
        Arrays.sort(nanos);
        Duration median = Duration.ofNanos(nanos[nanos.length / 2]);
        assertThat(median).isLessThan(GENEROUS_REPLACEMENT);
        System.out.printf(
                "%d certificates: loaded in %d ms, %d bytes of heap each, one replaced in %d us (median), %d us (p99)%n",
                COUNT, took.toMillis(), each, median.toNanos() / 1_000, nanos[nanos.length * 99 / 100] / 1_000);
    }

    private static Set<ServerCertificate> identities(Tables tables) {
        Set<ServerCertificate> all = Collections.newSetFromMap(new IdentityHashMap<>());
        all.addAll(tables.current().certificates().all());
        return all;
    }

    @Test
    void aKeyThatDoesNotBelongIsRefusedWhetherItTellsItsPublicHalfOrNot() {
        for (byte[] key : List.of(
                NEXT.pkcs8(),
                NEXT.keys().getPrivate().getEncoded(),
                RSA.pkcs8(),
                new byte[0],
                CertificateBuilder.of("x").ed25519().build().pkcs8())) {
            ByteString body = ShardBody.newBuilder()
                    .setCertificate(Certificate.newBuilder()
                            .addChain(ByteString.copyFrom(ECDSA.der()))
                            .setPrivateKey(ByteString.copyFrom(key)))
                    .build()
                    .toByteString();
            TableBuilder builder = new TableBuilder(new Tables(), BackendTls.maker());
            Shard shard = new Shard(id(0), dev.gatehouse.snapshot.Digest.of(body.toByteArray()), body);
            assertThat(builder.stage(List.of(shard)).refused())
                    .singleElement()
                    .satisfies(one -> assertThat(one.reason()).startsWith("certificate/shop/tls-0: the private key "));
        }
        TableBuilder builder = new TableBuilder(new Tables(), BackendTls.maker());
        for (TestCertificate one :
                List.of(ECDSA, RSA, CertificateBuilder.of("x").ed25519().build())) {
            assertThat(builder.stage(List.of(shard(0, one))).refused()).isEmpty();
        }
    }
}

package dev.gatehouse.dataplane.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.fixture.TestSnapshot;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.TestCertificate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What begins TLS with backends is made with the table, once for each distinct setting. */
class TlsClientsTest {
    private static final InetSocketAddress ONE = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 8443);
    private static final InetSocketAddress TWO = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.2"), 8443);

    private final List<TlsSettings> made = new ArrayList<>();
    private final SnapshotReceiver receiver = new SnapshotReceiver(new Tables(), settings -> {
        made.add(settings);
        return (peer, offer) -> {
            throw new IllegalStateException("nobody connects here");
        };
    });
    private final TestSnapshot snapshot = new TestSnapshot();
    private Snapshot held = Snapshot.empty();

    private static ShardBody tls(String service, String serverName, ByteString... trusted) {
        return ShardBody.newBuilder()
                .setUpstream(Upstream.newBuilder()
                        .setEndpoints(ShardId.endpoints(TestSnapshot.NAMESPACE, service, 80)
                                .toString())
                        .setTls(Upstream.Tls.newBuilder()
                                .setServerName(serverName)
                                .addAllTrusted(List.of(trusted))))
                .build();
    }

    private TestSnapshot service(String name, String serverName, InetSocketAddress endpoint) {
        return snapshot.service(name, endpoint)
                .put(ShardId.upstream(TestSnapshot.NAMESPACE, name, 80), tls(name, serverName));
    }

    private void apply() {
        Snapshot next = snapshot.snapshot();
        Snapshot.Difference difference = held.differenceTo(next);
        var result = receiver.apply(difference.updates(), difference.removed(), next.root());
        assertThat(result.refused()).isEmpty();
        assertThat(result.error()).isEmpty();
        held = next;
    }

    @Test
    void upstreamsThatAskForTheSameShareIt() {
        service("a", "api.shop.svc", ONE);
        service("b", "api.shop.svc", TWO);
        apply();
        assertThat(made).hasSize(1);
        service("c", "other.shop.svc", ONE);
        apply();
        assertThat(made).hasSize(2).extracting(TlsSettings::serverName).contains("other.shop.svc");
    }

    /** A set of authorities may be large. */
    @Test
    void upstreamsThatTrustTheSameShareTheAuthorities() throws Exception {
        ByteString authority = ByteString.copyFrom(
                TestCertificate.authority("one").certificate().getEncoded());
        for (String name : List.of("a", "b")) {
            snapshot.service(name, ONE)
                    .put(ShardId.upstream(TestSnapshot.NAMESPACE, name, 80), tls(name, name + ".shop.svc", authority));
        }
        apply();
        assertThat(made).hasSize(2);
        assertThat(made.getFirst().trusted()).isSameAs(made.getLast().trusted());
    }

    @Test
    void aChangeOfEndpointsMakesNone() {
        service("a", "api.shop.svc", ONE);
        apply();
        snapshot.endpoints("a", List.of(TWO), List.of());
        apply();
        assertThat(made).hasSize(1);
    }

    @Test
    void whatNobodyAsksForAnyMoreIsForgotten() {
        service("a", "api.shop.svc", ONE);
        apply();
        snapshot.removeService("a");
        apply();
        service("a", "api.shop.svc", ONE);
        apply();
        assertThat(made).hasSize(2);
    }
}

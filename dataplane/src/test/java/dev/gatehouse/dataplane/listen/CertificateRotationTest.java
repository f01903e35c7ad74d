package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Twenty Secrets a second are replaced under load, half of which is new connections. Ten seconds of it, unless {@code
 * -Dgatehouse.rotation.seconds} says otherwise; a slow machine takes longer for the same.
 */
class CertificateRotationTest {

    private static final int HOSTS = 20;
    private static final int PER_SECOND = 20;
    private static final int CLIENTS = 4;
    private static final int ROTATIONS = PER_SECOND * Integer.getInteger("gatehouse.rotation.seconds", 10);
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** One host's certificates. Versions only grow; what a client may be shown is bounded by the two counters. */
    private static final class Rotating {
        private final String name;
        private final TestCertificate keys;
        private final List<Certificate> versions = new CopyOnWriteArrayList<>();
        private final AtomicInteger announced = new AtomicInteger(-1);
        private final AtomicInteger served = new AtomicInteger(-1);

        Rotating(int number) {
            name = "h" + number + ".example.com";
            keys = TestCertificate.of(name);
        }

        /** How long the change itself took. */
        long rotate(ProxyFixture proxy) {
            TestCertificate next = CertificateBuilder.of(name).keys(keys.keys()).build();
            versions.add(next.certificate());
            announced.incrementAndGet();
            long begin = System.nanoTime();
            proxy.certificate(secret(), next);
            long took = System.nanoTime() - begin;
            served.incrementAndGet();
            return took;
        }

        String secret() {
            return name.substring(0, name.indexOf('.'));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SslProvider.class,
            names = {"OPENSSL", "JDK"})
    void rotationUnderLoadFailsNoHandshakeDropsNoConnectionAndShowsNoWrongCertificate(SslProvider provider)
            throws Exception {
        List<Rotating> hosts = new ArrayList<>();
        AtomicInteger handshakes = new AtomicInteger();
        AtomicInteger requests = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(ROTATIONS);
        List<Long> nanos = new CopyOnWriteArrayList<>();
        try (RecordingBackend backend = RecordingBackend.ok("hello");
                ProxyFixture proxy = new ProxyFixture(
                        List.of(new ListenerBind("https", "127.0.0.1", 0, true)), recording -> recording, provider);
                ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
                ScheduledExecutorService rotator = Executors.newSingleThreadScheduledExecutor()) {
            proxy.listener("https", listener -> listener.setMaxRequestsPerConnection(Integer.MAX_VALUE));
            proxy.routeTo(backend.address());
            for (int i = 0; i < HOSTS; i++) {
                Rotating host = new Rotating(i);
                hosts.add(host);
                host.rotate(proxy);
                proxy.host(host.name, one -> one.addCertificates("certificate/test/" + host.secret()));
            }
            Callable<Void> load = () -> {
                int port = proxy.port("https");
                int turn = 0;
                try (RawClient kept =
                        RawClient.over(TlsClient.of(hosts.getFirst().name).connect(port))) {
                    do {
                        request(kept, hosts.getFirst().name);
                        Rotating host = hosts.get(turn++ % HOSTS);
                        int oldest = host.served.get();
                        try (SSLSocket socket = TlsClient.of(host.name).connect(port);
                                RawClient fresh = RawClient.over(socket)) {
                            int shown =
                                    host.versions.indexOf(socket.getSession().getPeerCertificates()[0]);
                            assertThat(shown).as(host.name).isBetween(oldest, host.announced.get());
                            request(fresh, host.name);
                        }
                        handshakes.incrementAndGet();
                        requests.addAndGet(2);
                    } while (left.getCount() > 0);
                }
                return null;
            };
            List<Future<Void>> running = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                running.add(clients.submit(load));
            }
            AtomicInteger next = new AtomicInteger();
            Future<?> rotation = rotator.scheduleAtFixedRate(
                    () -> {
                        if (left.getCount() > 0) {
                            nanos.add(hosts.get(next.getAndIncrement() % HOSTS).rotate(proxy));
                            left.countDown();
                        }
                    },
                    0,
                    1_000 / PER_SECOND,
                    TimeUnit.MILLISECONDS);
            assertThat(left.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("all are replaced; the rotation is %s", rotation.state())
                    .isTrue();
            for (Future<Void> one : running) {
                one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS); // fails as the client did
            }
            rotation.cancel(false);
            assertThat(proxy.refusals()).isEmpty();
            for (Rotating host : hosts) {
                try (SSLSocket socket = TlsClient.of(host.name).connect(proxy.port("https"))) {
                    assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(host.versions.getLast());
                }
            }
            assertThat(proxy.exchanges())
                    .allSatisfy(done -> assertThat(done.status()).isEqualTo(200));
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        assertThat(sorted).hasSize(ROTATIONS);
        System.out.printf(
                "%s: %d certificates replaced under %d handshakes and %d requests; in force after %d us (median), %d us"
                        + " (p99)%n",
                provider,
                ROTATIONS,
                handshakes.get(),
                requests.get(),
                sorted[sorted.length / 2] / 1_000,
                sorted[sorted.length * 99 / 100] / 1_000);
    }

    private static void request(RawClient client, String host) {
        assertThat(client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .readResponse()
                        .status())
                .isEqualTo(200);
    }
}

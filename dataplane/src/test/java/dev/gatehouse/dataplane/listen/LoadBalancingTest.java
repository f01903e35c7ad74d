package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Policies of load balancing as clients meet them: which backend answers is what its body says. */
final class LoadBalancingTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    /** Ports are by chance, and with them who gets which key: so many that each of four backends gets one. */
    private static final int KEYS = 120;

    private final ProxyFixture proxy = new ProxyFixture();
    private final List<RecordingBackend> backends = new ArrayList<>();

    @BeforeEach
    void listenForHttp2() {
        proxy.listener(listener -> listener.setHttp2Cleartext(true).addTrustedProxies("127.0.0.0/8"));
        for (int i = 0; i < 4; i++) {
            backends.add(RecordingBackend.ok("backend-" + i));
        }
    }

    @AfterEach
    void close() {
        proxy.close();
        backends.forEach(RecordingBackend::close);
    }

    private InetSocketAddress[] addresses(int count) {
        return backends.stream().limit(count).map(RecordingBackend::address).toArray(InetSocketAddress[]::new);
    }

    private void balance(String host, int count, Balancing.Builder how) {
        proxy.routeHost(
                host,
                "backend",
                rule -> rule.setBalancing(how).addRequiredFeatures(Features.BALANCE_POLICIES),
                addresses(count));
    }

    private static Balancing.Builder hash(HashKey.Builder key) {
        return Balancing.newBuilder()
                .setPolicy(Balancing.Policy.CONSISTENT_HASH)
                .setHash(key);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aHashOfAHeaderKeepsUsersTogetherAndMovesFewWhenABackendComes(HttpVersion version) {
        balance("*", 3, hash(HashKey.newBuilder().setHeader("x-user")));
        try (EitherClient client = new EitherClient(proxy, version)) {
            Map<String, String> before = places(client);
            assertThat(places(client)).isEqualTo(before);
            assertThat(new HashSet<>(before.values())).hasSize(3);

            balance("*", 4, hash(HashKey.newBuilder().setHeader("x-user")));
            Map<String, String> after = places(client);
            after.forEach((user, backend) -> assertThat(backend).isIn(before.get(user), "backend-3"));
            assertThat(after).containsValue("backend-3");
        }
    }

    private static Map<String, String> places(EitherClient client) {
        Map<String, String> places = new HashMap<>();
        for (int user = 0; user < 60; user++) {
            EitherClient.Answer answer = client.get("a", "/", "x-user", "u" + user);
            assertThat(answer.reason()).isEmpty();
            places.put("u" + user, answer.body());
        }
        return places;
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void cookiesPathsAndClientsCanBeHashed(HttpVersion version) {
        balance("cookie", 4, hash(HashKey.newBuilder().setCookie("uid")));
        balance("path", 4, hash(HashKey.newBuilder().setPath(true)));
        balance("source", 4, hash(HashKey.newBuilder().setSource(true)));
        try (EitherClient client = new EitherClient(proxy, version)) {
            Set<String> byCookie = new HashSet<>();
            Set<String> byPath = new HashSet<>();
            Set<String> bySource = new HashSet<>();
            for (int i = 0; i < KEYS; i++) {
                String cookie = "theme=dark; uid=" + i;
                String backend = client.get("cookie", "/" + i, "cookie", cookie).body();
                assertThat(client.get("cookie", "/other", "cookie", cookie).body())
                        .isEqualTo(backend);
                byCookie.add(backend);

                backend = client.get("path", "/" + i + "?a").body();
                assertThat(client.get("path", "/" + i + "?b", "cookie", cookie).body())
                        .isEqualTo(backend);
                byPath.add(backend);

                String address = "203.0.113." + i;
                backend = client.get("source", "/", "x-forwarded-for", address).body();
                assertThat(client.get("source", "/x", "x-forwarded-for", "10.9.8.7, " + address)
                                .body())
                        .isEqualTo(backend);
                bySource.add(backend);
            }
            assertThat(byCookie).hasSize(4);
            assertThat(byPath).hasSize(4);
            assertThat(bySource).hasSize(4);
        }
    }

    @Test
    void requestsWithoutKeyAreSentInTurn() {
        balance("*", 4, hash(HashKey.newBuilder().setHeader("x-user")));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                seen.add(client.get("a", "/").body());
            }
            assertThat(seen).hasSize(4);
        }
    }

    @Test
    void leastRequestPassesOverABackendThatIsBusy() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        try (RecordingBackend slow = RecordingBackend.scripted(conversation -> {
                    while (!conversation.request().isEmpty()) {
                        asked.countDown();
                        answer.await();
                        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow");
                    }
                });
                EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            backends.set(0, slow);
            balance("least", 2, Balancing.newBuilder().setPolicy(Balancing.Policy.LEAST_REQUEST));
            Thread waiting = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 1000 && asked.getCount() > 0; i++) {
                    client.get("least", "/");
                }
            });
            asked.await();
            for (int i = 0; i < 20; i++) {
                assertThat(client.get("least", "/").body()).isEqualTo("backend-1");
            }
            answer.countDown();
            waiting.join(SOON);
            await().atMost(SOON)
                    .untilAsserted(
                            () -> assertThat(client.get("least", "/").body()).isEqualTo("slow"));
        }
    }

    /** Nine requests of one key that all wait: one and a half times the average is five at most. */
    @Test
    void aPopularKeySpillsOverToTheNextBackendOfItsOrder() {
        CountDownLatch answer = new CountDownLatch(1);
        List<RecordingBackend> slow = new ArrayList<>();
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                slow.add(RecordingBackend.scripted(conversation -> {
                    conversation.request();
                    answer.await();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                }));
            }
            proxy.routeHost(
                    "*",
                    "slow",
                    rule -> rule.setBalancing(hash(HashKey.newBuilder().setHeader("x-user"))
                                    .setHashBoundPercent(150))
                            .addRequiredFeatures(Features.BALANCE_POLICIES),
                    slow.stream().map(RecordingBackend::address).toArray(InetSocketAddress[]::new));
            for (int i = 0; i < 9; i++) {
                clients.add(proxy.client().send("GET / HTTP/1.1\r\nHost: a\r\nx-user: me\r\n\r\n"));
            }
            await().atMost(SOON)
                    .until(() ->
                            slow.stream().mapToInt(one -> one.requests().size()).sum() == 9);
            assertThat(slow).allSatisfy(one -> assertThat(one.requests()).hasSizeLessThanOrEqualTo(5));
            answer.countDown();
            clients.forEach(client -> assertThat(client.readResponse().status()).isEqualTo(200));
        } finally {
            answer.countDown();
            clients.forEach(RawClient::close);
            slow.forEach(RecordingBackend::close);
        }
    }

    /** In a window of an hour it has its first tenth for longer than this takes. */
    @Test
    void aBackendThatComesToOthersBeginsSlowly() {
        Balancing.Builder how = Balancing.newBuilder().setSlowStartMs(3_600_000);
        balance("*", 3, how);
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            assertThat(client.get("a", "/").status()).isEqualTo(200);
            balance("*", 4, how);
            int[] requests = new int[4];
            for (int i = 0; i < 310; i++) {
                String body = client.get("a", "/").body();
                requests[body.charAt(body.length() - 1) - '0']++;
            }
            assertThat(requests[3]).isBetween(5, 20);
            assertThat(List.of(requests[0], requests[1], requests[2])).allMatch(one -> one > 90);
        }
    }

    /** Of four backends two are in the zone: they are half of all, and take all of its requests. */
    @Test
    void backendsOfTheOwnZoneComeFirst() {
        try (ProxyFixture here = new ProxyFixture("here");
                EitherClient client = new EitherClient(here, HttpVersion.HTTP_1_1)) {
            here.routeHost(
                    "*",
                    "backend",
                    rule -> rule.setBalancing(Balancing.newBuilder().setZoneAware(true))
                            .addRequiredFeatures(Features.BALANCE_POLICIES),
                    addresses(4));
            Endpoints.Builder endpoints = Endpoints.newBuilder();
            for (int i = 0; i < 4; i++) {
                InetSocketAddress address = backends.get(i).address();
                endpoints.addEndpoints(Endpoint.newBuilder()
                        .setAddress(ByteString.copyFrom(address.getAddress().getAddress()))
                        .setPort(address.getPort())
                        .setZone(i < 2 ? "here" : "there"));
            }
            here.apply(Shard.of(
                    ShardId.endpoints("test", "backend", 80),
                    ShardBody.newBuilder().setEndpoints(endpoints).build()));
            Set<String> asked = new HashSet<>();
            for (int i = 0; i < 20; i++) {
                asked.add(client.get("a", "/").body());
            }
            assertThat(asked).containsExactlyInAnyOrder("backend-0", "backend-1");
        }
    }

    /** The hash of one rule and the turn of the other lead to one set of endpoints, each with one count of its requests. */
    @Test
    void rulesWithDifferentPoliciesShareTheirEndpoints() {
        balance("hashed", 3, hash(HashKey.newBuilder().setHeader("x-user")));
        balance("random", 3, Balancing.newBuilder().setPolicy(Balancing.Policy.RANDOM));
        proxy.routeHost("*", "backend", rule -> rule, addresses(3));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            for (int i = 0; i < 30; i++) {
                assertThat(client.get("hashed", "/", "x-user", "me").status()).isEqualTo(200);
                assertThat(client.get("random", "/").status()).isEqualTo(200);
                assertThat(client.get("turn", "/").status()).isEqualTo(200);
            }
        }
        assertThat(proxy.endpoints()).hasSize(3);
        // Connections are pooled by endpoint: rules that had their own would have opened more.
        assertThat(backends.stream().limit(3).mapToInt(RecordingBackend::connections))
                .containsOnly(1);
    }

    /** Whoever refuses connections hands over to the next in the key's order, every time to the same. */
    @Test
    void aKeyWhoseBackendRefusesConnectionsGoesToTheNext() {
        balance("*", 4, hash(HashKey.newBuilder().setHeader("x-user")));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            String first = client.get("a", "/", "x-user", "me").body();
            backends.get(first.charAt(first.length() - 1) - '0').close();
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                EitherClient.Answer answer = client.get("a", "/", "x-user", "me");
                assertThat(answer.status()).isEqualTo(200);
                seen.add(answer.body());
            }
            assertThat(seen).singleElement().isNotEqualTo(first);
        }
    }
}

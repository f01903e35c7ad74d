package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Split;
import dev.gatehouse.snapshot.proto.StickyCookie;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sticky cookies and experiments as clients meet them: which backend answers is what its body says. */
final class StickyTest {

    private final List<String> assigned = new ArrayList<>();
    private final ProxyFixture proxy =
            new ProxyFixture(List.of(new ListenerBind("http", "127.0.0.1", 0, false)), this::noting);
    private final List<RecordingBackend> backends = new ArrayList<>();

    private dev.gatehouse.dataplane.observe.ExchangeObserver noting(
            dev.gatehouse.dataplane.observe.ExchangeObserver next) {
        return (dev.gatehouse.dataplane.observe.ExchangeObserver) java.lang.reflect.Proxy.newProxyInstance(
                StickyTest.class.getClassLoader(),
                new Class<?>[] {dev.gatehouse.dataplane.observe.ExchangeObserver.class},
                (proxied, method, arguments) -> {
                    if (method.getName().equals("assigned")) {
                        synchronized (assigned) {
                            assigned.add(arguments[1] + "=" + arguments[2] + " " + arguments[3]);
                        }
                        return null;
                    }
                    return method.invoke(next, arguments);
                });
    }

    @BeforeEach
    void listen() {
        proxy.listener(listener -> listener.setHttp2Cleartext(true));
        keys((byte) 1);
        for (int i = 0; i < 6; i++) {
            backends.add(RecordingBackend.ok("backend-" + i));
        }
    }

    private void keys(byte... firsts) {
        Global.Builder global = Global.newBuilder().setFleet("test/test");
        for (byte first : firsts) {
            byte[] key = new byte[32];
            key[0] = first;
            global.addSessionKeys(ByteString.copyFrom(key));
        }
        proxy.apply(Shard.of(
                ShardId.GLOBAL, ShardBody.newBuilder().setGlobal(global).build()));
    }

    @AfterEach
    void close() {
        proxy.close();
        backends.forEach(RecordingBackend::close);
    }

    private InetSocketAddress[] addresses(int from, int count) {
        return backends.stream()
                .skip(from)
                .limit(count)
                .map(RecordingBackend::address)
                .toArray(InetSocketAddress[]::new);
    }

    private void sticky(int count) {
        proxy.routeHost(
                "*",
                "backend",
                rule -> rule.setBalancing(Balancing.newBuilder()
                                .setStickyCookie(
                                        StickyCookie.newBuilder().setName("pod").setPath("/")))
                        .addRequiredFeatures(Features.BALANCE_STICKY),
                addresses(0, count));
    }

    private static String cookie(EitherClient.Answer answer) {
        String set = answer.header("set-cookie");
        return set.isEmpty() ? "" : set.substring(0, set.indexOf(';'));
    }

    @Test
    void theCookieIsAsTheRuleWantsIt() {
        proxy.routeHost(
                "*",
                "backend",
                rule -> rule.setBalancing(Balancing.newBuilder()
                                .setStickyCookie(StickyCookie.newBuilder()
                                        .setName("pod")
                                        .setPath("/shop")
                                        .setMaxAgeSeconds(60)
                                        .setSameSite(StickyCookie.SameSite.STRICT)
                                        .setSecure(StickyCookie.Secure.ALWAYS)
                                        .setReadableByScripts(true)))
                        .addRequiredFeatures(Features.BALANCE_STICKY),
                addresses(0, 2));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            String set = client.get("a", "/shop").header("set-cookie");
            assertThat(set).startsWith("pod=");
            assertThat(set.split("; ")).hasSize(5).contains("Path=/shop", "Max-Age=60", "SameSite=Strict", "Secure");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aClientStaysWithItsBackendWhileOthersCome(HttpVersion version) {
        sticky(3);
        try (EitherClient client = new EitherClient(proxy, version)) {
            Map<String, String> sessions = new HashMap<>();
            for (int i = 0; i < 12; i++) {
                EitherClient.Answer first = client.get("a", "/");
                assertThat(first.header("set-cookie")).matches("pod=[A-Za-z0-9_-]{28}; Path=/; HttpOnly; SameSite=Lax");
                sessions.put(cookie(first), first.body());
            }
            assertThat(new HashSet<>(sessions.values())).hasSize(3);
            sticky(6);
            sessions.forEach((cookie, backend) -> {
                EitherClient.Answer next = client.get("a", "/", "cookie", "theme=dark; " + cookie);
                assertThat(next.body()).isEqualTo(backend);
                assertThat(next.header("set-cookie")).isEmpty();
            });
            Set<String> fresh = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                fresh.add(client.get("a", "/").body());
            }
            assertThat(fresh).hasSize(6);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aClientWhoseBackendIsGoneMovesOnceAndIsToldSo(HttpVersion version) {
        sticky(1);
        try (EitherClient client = new EitherClient(proxy, version)) {
            String old = cookie(client.get("a", "/"));
            proxy.routeHost(
                    "*",
                    "backend",
                    rule -> rule.setBalancing(Balancing.newBuilder()
                            .setStickyCookie(
                                    StickyCookie.newBuilder().setName("pod").setPath("/"))),
                    addresses(1, 4));
            EitherClient.Answer moved = client.get("a", "/", "cookie", old);
            assertThat(moved.body()).isNotEqualTo("backend-0");
            assertThat(client.get("a", "/", "cookie", old).body()).isEqualTo(moved.body());
            EitherClient.Answer again = client.get("a", "/", "cookie", cookie(moved));
            assertThat(again.body()).isEqualTo(moved.body());
            assertThat(again.header("set-cookie")).isEmpty();
        }
    }

    /** As long as it serves: its pod is given time for that (KEP-1669). */
    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aBackendThatTerminatesKeepsItsClientsAndGetsNoOthers(HttpVersion version) {
        sticky(3);
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer first = client.get("a", "/");
            int leaving = first.body().charAt(8) - '0';
            Endpoints.Builder endpoints = Endpoints.newBuilder();
            for (int i = 0; i < 3; i++) {
                InetSocketAddress address = backends.get(i).address();
                endpoints.addEndpoints(Endpoint.newBuilder()
                        .setAddress(ByteString.copyFrom(address.getAddress().getAddress()))
                        .setPort(address.getPort())
                        .setState(i == leaving ? Endpoint.State.TERMINATING : Endpoint.State.READY));
            }
            proxy.apply(Shard.of(
                    ShardId.endpoints("test", "backend", 80),
                    ShardBody.newBuilder().setEndpoints(endpoints).build()));
            for (int i = 0; i < 6; i++) {
                EitherClient.Answer next = client.get("a", "/", "cookie", cookie(first));
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.header("set-cookie")).isEmpty();
                assertThat(client.get("a", "/").body()).isNotEqualTo(first.body());
            }
        }
    }

    @Test
    void aBackendThatRefusesConnectionsGivesItsClientsAway() {
        sticky(3);
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            EitherClient.Answer first = client.get("a", "/");
            backends.get(first.body().charAt(8) - '0').close();
            EitherClient.Answer second = client.get("a", "/", "cookie", cookie(first));
            assertThat(second.status()).isEqualTo(200);
            assertThat(second.body()).isNotEqualTo(first.body());
            assertThat(client.get("a", "/", "cookie", cookie(second)).body()).isEqualTo(second.body());
        }
    }

    @Test
    void keysAreReplacedWhileClientsStay() {
        sticky(3);
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            EitherClient.Answer first = client.get("a", "/");
            keys((byte) 2, (byte) 1);
            EitherClient.Answer second = client.get("a", "/", "cookie", cookie(first));
            assertThat(second.body()).isEqualTo(first.body());
            assertThat(cookie(second)).startsWith("pod=").isNotEqualTo(cookie(first));
            keys((byte) 2);
            EitherClient.Answer third = client.get("a", "/", "cookie", cookie(second));
            assertThat(third.body()).isEqualTo(first.body());
            assertThat(third.header("set-cookie")).isEmpty();
        }
    }

    private void split(String name, int blue, int green) {
        proxy.routeHost("*", "blue", rule -> rule, addresses(0, 1));
        proxy.routeHost("*", "green", rule -> rule, addresses(1, 1));
        proxy.routeHost(
                "*",
                "blue",
                rule -> rule.clearBackends()
                        .addBackends(variant("blue", blue))
                        .addBackends(variant("green", green))
                        .setSplit(Split.newBuilder()
                                .setName(name)
                                .setBy(HashKey.newBuilder().setHeader("x-user"))
                                .setVisitor(StickyCookie.newBuilder()
                                        .setName("visitor")
                                        .setPath("/")
                                        .setMaxAgeSeconds(60))
                                .setHeader("x-split")
                                .setForceHeader("x-force")
                                .setForceCookie("force"))
                        .addRequiredFeatures(Features.SPLIT),
                addresses(0, 1));
    }

    private static Backend.Builder variant(String service, int weight) {
        return Backend.newBuilder()
                .setUpstream(ShardId.upstream("test", service, 80).toString())
                .setWeight(weight)
                .setVariant(service);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void usersKeepTheirVariantAndEveryoneIsToldOfIt(HttpVersion version) {
        split("button", 50, 50);
        try (EitherClient client = new EitherClient(proxy, version)) {
            Map<String, String> users = new HashMap<>();
            for (int i = 0; i < 40; i++) {
                EitherClient.Answer answer = client.get("a", "/", "x-user", "u" + i, "x-split", "button=mine");
                assertThat(answer.header("x-split")).isIn("button=blue", "button=green");
                assertThat(answer.header("set-cookie")).isEmpty();
                assertThat(answer.body())
                        .isEqualTo(answer.header("x-split").equals("button=blue") ? "backend-0" : "backend-1");
                users.put("u" + i, answer.header("x-split"));
            }
            assertThat(users.values()).contains("button=blue", "button=green");
            assertThat(backends.get(0).requests())
                    .allSatisfy(request -> assertThat(request.toLowerCase(java.util.Locale.ROOT))
                            .contains("x-split: button=blue\r\n")
                            .doesNotContain("mine"));
            split("button", 30, 70);
            users.forEach((user, variant) -> {
                String now = client.get("a", "/", "x-user", user).header("x-split");
                assertThat(now).isIn(variant, "button=green");
            });
            await().untilAsserted(() -> {
                synchronized (assigned) {
                    assertThat(assigned).hasSize(80).contains("button=blue 200", "button=green 200");
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aVisitorIsKnownByACookieOfItsOwn(HttpVersion version) {
        split("button", 50, 50);
        try (EitherClient client = new EitherClient(proxy, version)) {
            Set<String> variants = new HashSet<>();
            for (int i = 0; i < 30; i++) {
                EitherClient.Answer first = client.get("a", "/");
                assertThat(first.header("set-cookie"))
                        .matches("visitor=[A-Za-z0-9_-]{28}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
                EitherClient.Answer next = client.get("a", "/", "cookie", cookie(first));
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.header("set-cookie")).isEmpty();
                variants.add(first.body());
            }
            assertThat(variants).hasSize(2);
        }
    }

    @Test
    void aTesterNamesItsVariant() {
        split("button", 100, 0);
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            assertThat(client.get("a", "/", "x-user", "me").body()).isEqualTo("backend-0");
            assertThat(client.get("a", "/", "x-user", "me", "x-force", "green").body())
                    .isEqualTo("backend-1");
            assertThat(client.get("a", "/", "cookie", "force=green").header("x-split"))
                    .isEqualTo("button=green");
            assertThat(client.get("a", "/", "x-user", "me", "x-force", "red").body())
                    .isEqualTo("backend-0");
        }
    }

    /** A rule that is not known as a whole takes nothing of it. */
    @Test
    void aRuleOfALaterVersionIsNotServedWithout() {
        proxy.route((Rule.Builder rule) -> rule.addRequiredFeatures("balance.oracle"), addresses(0, 1));
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            assertThat(client.get("a", "/").reason()).isEqualTo("feature-unsupported");
        }
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.ValueMatch;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Conditions beyond path and headers, as clients meet them: which rule takes a request is seen by the reason of its answer. */
final class MatchTest {
    private final ProxyFixture proxy = new ProxyFixture();

    @BeforeEach
    void rules() {
        proxy.listener(listener -> listener.setHttp2Cleartext(true).addTrustedProxies("127.0.0.0/8"));
        host(
                "query",
                rule("second")
                        .setMatch(Match.newBuilder()
                                .addQueryParams(ValueMatch.newBuilder()
                                        .setName("version")
                                        .setExact("2"))),
                rule("spaced")
                        .setMatch(Match.newBuilder()
                                .addQueryParams(
                                        ValueMatch.newBuilder().setName("q").setExact("caf\u00e9 au lait"))),
                rule("number")
                        .setMatch(Match.newBuilder()
                                .addQueryParams(
                                        ValueMatch.newBuilder().setName("id").setRegex("[0-9]+"))),
                rule("flagged")
                        .setMatch(Match.newBuilder()
                                .addQueryParams(
                                        ValueMatch.newBuilder().setName("debug").setPresent(true))));
        host(
                "cookie",
                rule("beta")
                        .setMatch(Match.newBuilder()
                                .addCookies(
                                        ValueMatch.newBuilder().setName("beta").setExact("1"))),
                rule("session")
                        .setMatch(Match.newBuilder()
                                .addCookies(
                                        ValueMatch.newBuilder().setName("sid").setRegex("[a-f0-9]{4}"))),
                rule("stranger")
                        .setMatch(Match.newBuilder()
                                .addCookies(
                                        ValueMatch.newBuilder().setName("sid").setPresent(false))));
        host(
                "source",
                rule("inside")
                        .setMatch(Match.newBuilder().addSources("10.0.0.0/8").addSources("fd00::/8")),
                rule("here").setMatch(Match.newBuilder().addSources("127.0.0.1/32")));
    }

    private void host(String name, Rule.Builder... rules) {
        Host.Builder host = Host.newBuilder().setName(name);
        List.of(rules).forEach(host::addRules);
        proxy.apply(Shard.of(
                ShardId.host(name), ShardBody.newBuilder().setHost(host).build()));
    }

    private static Rule.Builder rule(String reason) {
        return Rule.newBuilder()
                .setId(reason)
                .addBackends(Backend.newBuilder().setWeight(1).setUnavailable(reason));
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void queryParametersAreComparedAsTheyAreWhenDecoded(HttpVersion version) {
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.get("query", "/a?x=1&version=2").reason()).isEqualTo("second");
            assertThat(client.get("query", "/a?%76ersion=%32&version=3").reason())
                    .isEqualTo("second");
            assertThat(client.get("query", "/a?version=3&version=2").reason()).isEqualTo("no-route");
            assertThat(client.get("query", "/a?Version=2").reason()).isEqualTo("no-route");
            assertThat(client.get("query", "/a?q=caf%C3%A9+au%20lait").reason()).isEqualTo("spaced");
            assertThat(client.get("query", "/a?id=4711").reason()).isEqualTo("number");
            assertThat(client.get("query", "/a?id=47-11").reason()).isEqualTo("no-route");
            assertThat(client.get("query", "/a?debug").reason()).isEqualTo("flagged");
            assertThat(client.get("query", "/a?debug=%zz&").reason()).isEqualTo("flagged");
            assertThat(client.get("query", "/version=2").reason()).isEqualTo("no-route");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void cookiesAreFoundAmongOthers(HttpVersion version) {
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.get("cookie", "/", "cookie", "a=1; beta=1; c=2").reason())
                    .isEqualTo("beta");
            assertThat(client.get("cookie", "/", "cookie", "alphabeta=1; sid=00ff")
                            .reason())
                    .isEqualTo("session");
            assertThat(client.get("cookie", "/", "cookie", "sid=00FF").reason()).isEqualTo("no-route");
            assertThat(client.get("cookie", "/", "cookie", "Beta=1").reason()).isEqualTo("stranger");
            assertThat(client.get("cookie", "/").reason()).isEqualTo("stranger");
        }
    }

    /** The last address that no trusted proxy has: what stands before it, its owner may have made up. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void sourcesAreTheClientsThatTrustedProxiesName(HttpVersion version) {
        String forwardedFor = "x-forwarded-for";
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.get("source", "/").reason()).isEqualTo("here");
            assertThat(client.get("source", "/", forwardedFor, "10.1.2.3").reason())
                    .isEqualTo("inside");
            assertThat(client.get("source", "/", forwardedFor, "10.1.2.3, 203.0.113.9")
                            .reason())
                    .isEqualTo("no-route");
            assertThat(client.get("source", "/", forwardedFor, "198.51.100.1, [fd00::1]:4711, 127.0.0.2")
                            .reason())
                    .isEqualTo("inside");
            assertThat(client.get("source", "/", forwardedFor, "10.1.2.3, unknown")
                            .reason())
                    .isEqualTo("here");
            proxy.listener(listener -> listener.setHttp2Cleartext(true));
            assertThat(client.get("source", "/", forwardedFor, "10.1.2.3").reason())
                    .isEqualTo("here");
        }
    }
}

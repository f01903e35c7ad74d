package dev.gatehouse.controller.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.model.ObjectKey;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SecretReaderTest {

    private static final ObjectKey CA = ObjectKey.secret("shop", "ca");

    private final ScriptedApi api = new ScriptedApi();
    private final ApiServer server = ApiServer.of(api.config());
    private final RecordedSink sink = new RecordedSink();
    private final SecretReader reader = new SecretReader(server, sink);

    @AfterEach
    void close() throws Exception {
        reader.close();
        server.close();
        api.close();
    }

    private void read(ObjectKey key) {
        sink.want(key);
        reader.read(Set.of(key));
    }

    private void onTheLoop(Runnable step) throws Exception {
        var done = new java.util.concurrent.CompletableFuture<Void>();
        server.context().runOnContext(nothing -> {
            step.run();
            done.complete(null);
        });
        done.get(ScriptedApi.BOUND_SECONDS, TimeUnit.SECONDS);
    }

    static String secret(String name, String version) {
        return """
            {"kind":"Secret","apiVersion":"v1","type":"Opaque","data":{"ca.crt":"%2$s"},\
            "metadata":{"namespace":"shop","name":"%1$s","resourceVersion":"%2$s"}}\
            """.formatted(name, version);
    }

    @Test
    void whatIsWantedIsAskedForAndPassedOn() throws Exception {
        api.then(200, secret("ca", "7"));

        read(CA);

        sink.assertSeen("ca@7{ca.crt=7}");
        assertThat(api.request()).isEqualTo("/api/v1/namespaces/shop/secrets/ca");
    }

    @Test
    void troubleThatPassesIsTriedAgainAndNobodyIsTold() throws Exception {
        api.then(500, "{\"message\":\"etcdserver: leader changed\"}")
                .then(request -> request.connection().close())
                .then(429, "")
                .then(404, "")
                .then(200, "<html>")
                .then(200, secret("ca", "7"));

        read(CA);

        sink.assertSeen("unreadable ca: what the API server sends cannot be understood", "ca@7{ca.crt=7}");
    }

    @Test
    void aRefusalIsToldOnceAndTriedAgainWhileItIsWanted() throws Exception {
        api.then(403, "{\"message\":\"secrets is forbidden\"}")
                .then(403, "{\"message\":\"secrets is forbidden\"}")
                .then(200, secret("ca", "7"));

        read(CA);

        sink.assertSeen(
                "unreadable ca: the controller's ServiceAccount may not get Secrets here; see the roles of the Helm"
                        + " chart",
                "ca@7{ca.crt=7}");
    }

    @Test
    void whatNobodyWantsAnyMoreIsNotAskedForAgain() throws Exception {
        api.then(403, "").then(200, secret("next", "8"));
        read(CA);
        assertThat(sink.next()).startsWith("unreadable ca");
        sink.unwant(CA);

        Thread.sleep(Retry.after(0).multipliedBy(3).toMillis()); // nothing is to happen
        read(ObjectKey.secret("shop", "next"));

        sink.assertSeen("next@8{ca.crt=8}");
        assertThat(api.request()).endsWith("/ca");
        assertThat(api.request()).endsWith("/next");
    }

    @Test
    void anAnswerThatMayBeOlderThanWhatAWatchToldIsThrownAway() throws Exception {
        Queue<HttpServerRequest> first = new ConcurrentLinkedQueue<>();
        api.then(first::add).then(200, secret("ca", "8"));
        read(CA);
        await().until(() -> !first.isEmpty());

        onTheLoop(() -> reader.changed(CA));
        first.remove().response().end(secret("ca", "7"));

        sink.assertSeen("ca@8{ca.crt=8}");
        assertThat(sink.isEmpty()).isTrue();
    }

    @Test
    void anAnswerIsThrownAwayOnceAWatchBroughtItOrItIsGone() throws Exception {
        Queue<HttpServerRequest> first = new ConcurrentLinkedQueue<>();
        api.then(first::add).then(200, secret("next", "8"));
        read(CA);
        await().until(() -> !first.isEmpty());

        onTheLoop(() -> reader.drop(CA));
        first.remove().response().end(secret("ca", "7"));
        read(ObjectKey.secret("shop", "next"));

        sink.assertSeen("next@8{ca.crt=8}");
    }

    @Test
    void askingAgainDoesNotWaitForThePauseToEnd() throws Exception {
        for (int i = 0; i < 6; i++) {
            api.then(403, "");
        }
        api.then(200, secret("ca", "7"));
        read(CA);
        assertThat(sink.next()).startsWith("unreadable ca");

        // Pauses of more than six seconds in all, were they kept.
        await().pollInterval(java.time.Duration.ofMillis(20))
                .atMost(java.time.Duration.ofSeconds(5))
                .until(() -> {
                    reader.read(Set.of(CA));
                    return !sink.isEmpty();
                });
        sink.assertSeen("ca@7{ca.crt=7}");
    }

    @Test
    void notAllAreAskedForAtOnce() throws Exception {
        Queue<HttpServerRequest> open = new ConcurrentLinkedQueue<>();
        List<ObjectKey> keys = IntStream.range(0, 20)
                .mapToObj(i -> ObjectKey.secret("shop", "s" + i))
                .toList();
        keys.forEach(key -> api.then(open::add));

        reader.read(keys);

        List<String> answered = new ArrayList<>();
        while (answered.size() < keys.size()) {
            await().until(() -> !open.isEmpty());
            assertThat(open.size()).isLessThanOrEqualTo(8);
            HttpServerRequest request = open.remove();
            String name = request.uri().substring(request.uri().lastIndexOf('/') + 1);
            request.response().end(secret(name, "1"));
            answered.add(sink.next());
        }
        assertThat(answered).doesNotHaveDuplicates();
    }
}

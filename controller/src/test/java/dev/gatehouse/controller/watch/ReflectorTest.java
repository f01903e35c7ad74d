package dev.gatehouse.controller.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.Config;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReflectorTest {

    private final ScriptedApi api = new ScriptedApi();
    private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private ApiServer server = ApiServer.of(api.config());

    @AfterEach
    void close() throws Exception {
        server.close();
        api.close();
    }

    @Test
    void aListingIsReadPageByPageAndWatchedFromThere() throws Exception {
        api.then(200, list("7", "more", ingress("a", "1")))
                .then(200, list("8", "", ingress("b", "2")))
                .thenStream(event("ADDED", ingress("c", "9")));

        start(Source.of(Ingress.class));

        assertSeen("a@1", "b@2", "listed", "c@9");
        assertThat(api.request()).isEqualTo("/apis/networking.k8s.io/v1/ingresses?limit=500");
        assertThat(api.request()).endsWith("limit=500&continue=more");
        assertThat(api.request()).contains("watch=true", "allowWatchBookmarks=true", "resourceVersion=8");
    }

    @Test
    void aWatchThatEndsIsTakenUpWhereItEnded() throws Exception {
        api.then(200, list("1", "", ingress("a", "1")))
                .thenStreamAndEnd(event("MODIFIED", ingress("a", "2")), event("BOOKMARK", ingress("", "30")))
                .thenStream(event("DELETED", ingress("a", "31")));

        start(Source.of(Ingress.class));

        assertSeen("a@1", "listed", "a@2", "gone a");
        api.request();
        api.request();
        assertThat(api.request()).contains("watch=true", "resourceVersion=30");
    }

    @Test
    void ofANewListingOnlyWhatDiffersIsPassedOn() throws Exception {
        String gone =
                "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old resource version\"}";
        api.then(200, list("5", "", ingress("a", "1"), ingress("b", "2"), ingress("c", "3")))
                .thenStream(event("ERROR", gone))
                .then(200, list("9", "", ingress("a", "1"), ingress("b", "8")))
                .then(410, gone)
                .then(200, list("12", "", ingress("a", "11")));

        start(Source.of(Ingress.class));

        assertSeen("a@1", "b@2", "c@3", "listed", "b@8", "gone c", "a@11", "gone b");
    }

    @Test
    void aListingWhosePagesExpireBeginsAnew() throws Exception {
        api.then(200, list("5", "more", ingress("a", "1")))
                .then(410, "{\"code\":410,\"message\":\"the provided continue parameter is too old\"}")
                .then(200, list("6", "", ingress("a", "1"), ingress("b", "2")));

        start(Source.of(Ingress.class));

        assertSeen("a@1", "b@2", "listed");
    }

    @Test
    void eventsMayComeInAnyPieces() throws Exception {
        byte[] bytes = (event("ADDED", ingress("ä", "2")) + "\n" + event("MODIFIED", ingress("ä", "3")) + "\n")
                .getBytes(StandardCharsets.UTF_8);
        api.then(200, list("1", "")).then(request -> {
            HttpServerResponse response = request.response().setChunked(true);
            for (byte one : bytes) {
                response.write(Buffer.buffer(new byte[] {one}));
            }
        });

        start(Source.of(Ingress.class));

        assertSeen("listed", "ä@2", "ä@3");
    }

    @Test
    void halfAnEventIsNone() throws Exception {
        String whole = event("ADDED", ingress("a", "2"));
        api.then(200, list("1", ""))
                .then(request -> {
                    HttpServerResponse response = request.response().setChunked(true);
                    response.write(whole.substring(0, whole.length() / 2))
                            .onComplete(written -> request.connection().close());
                })
                .thenStream(whole);

        start(Source.of(Ingress.class));

        assertSeen("listed", "a@2");
        api.request();
        assertThat(api.request()).contains("resourceVersion=1");
        assertThat(api.request()).contains("resourceVersion=1");
    }

    @Test
    void anObjectThatCannotBeReadTakesNothingElseWithIt() throws Exception {
        String broken = ingress("bad", "4").replace("\"number\":80", "\"number\":99999999999");
        api.then(200, list("1", "", ingress("bad", "1"), ingress("a", "2")))
                .thenStreamAndEnd(
                        event("MODIFIED", broken),
                        event("MODIFIED", ingress("a", "5")),
                        event("ERROR", "{\"code\":410}"))
                .then(200, list("9", "", broken, ingress("a", "5"), ingress("b", "6")))
                .thenStream(event("DELETED", broken));

        start(Source.of(Ingress.class));

        assertSeen("bad@1", "a@2", "listed", "a@5", "b@6", "gone bad");
    }

    @Test
    void rubbishInAWatchBeginsANewListing() throws Exception {
        api.then(200, list("1", "")).thenStream("<html>").then(200, list("2", "", ingress("a", "2")));

        start(Source.of(Ingress.class));

        assertSeen("listed", "a@2");
    }

    @Test
    void aKindThatMayBeAbsentIsListedWithoutIt() throws Exception {
        api.then(404, "404 page not found");
        Reflector<ReferenceGrant> grants =
                reflector(Source.of(ReferenceGrant.class).maybeAbsent());

        grants.start();

        assertSeen("listed");
        assertThat(grants.watching()).isTrue();
    }

    @Test
    void aRefusalIsTriedAgain() throws Exception {
        api.then(403, "{\"message\":\"ingresses is forbidden\"}")
                .then(503, "")
                .then(200, list("1", "", ingress("a", "1")));

        start(Source.of(Ingress.class));

        assertSeen("a@1", "listed");
    }

    @Test
    void aTokenThatIsRefusedIsReadAnew(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("kubeconfig");
        server.close();
        server = ApiServer.of(Config.fromKubeconfig(write(file, "old").toFile()));
        api.then(request -> {
                    write(file, "new");
                    request.response().setStatusCode(401).end();
                })
                .then(request -> request.response()
                        .end(list(
                                "1",
                                "",
                                ingress(
                                        String.valueOf(request.getHeader("authorization"))
                                                .replace("Bearer ", ""),
                                        "1"))));

        start(Source.of(Ingress.class));

        assertSeen("new@1", "listed");
    }

    @Test
    void selectorsAndNamespacesAreTheApiServersBusiness() throws Exception {
        start(Source.of(Ingress.class).in("shop").labelled("team in (a, b)").withField("metadata.name=x"));

        assertThat(api.request())
                .isEqualTo("/apis/networking.k8s.io/v1/namespaces/shop/ingresses?limit=500"
                        + "&labelSelector=team+in+%28a%2C+b%29&fieldSelector=metadata.name%3Dx");
    }

    @Test
    void nothingIsPassedOnOnceItIsClosed() throws Exception {
        api.then(200, list("1", "", ingress("a", "1"))).then(request -> {});
        Reflector<Ingress> reflector = reflector(Source.of(Ingress.class));
        reflector.start();
        assertSeen("a@1", "listed");

        reflector.close();

        assertThat(reflector.watching()).isFalse();
        assertThat(seen).isEmpty();
    }

    private Path write(Path file, String token) {
        try {
            return Files.writeString(file, """
                    apiVersion: v1
                    kind: Config
                    clusters: [{name: c, cluster: {server: "%s"}}]
                    users: [{name: u, user: {token: %s}}]
                    contexts: [{name: x, context: {cluster: c, user: u}}]
                    current-context: x
                    """.formatted(api.url(), token));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T extends HasMetadata> Reflector<T> reflector(Source<T> source) {
        return new Reflector<>(
                server,
                source,
                new Reflector.Sink<>() {
                    @Override
                    public void present(T object) {
                        seen.add(object.getMetadata().getName() + "@"
                                + object.getMetadata().getResourceVersion());
                    }

                    @Override
                    public void gone(String namespace, String name) {
                        seen.add("gone " + name);
                    }

                    @Override
                    public void listed() {
                        seen.add("listed");
                    }
                },
                new Random(1));
    }

    private <T extends HasMetadata> void start(Source<T> source) {
        reflector(source).start();
    }

    private void assertSeen(String... expected) throws InterruptedException {
        for (String one : expected) {
            assertThat(seen.poll(ScriptedApi.BOUND_SECONDS, TimeUnit.SECONDS)).isEqualTo(one);
        }
    }

    private static String ingress(String name, String version) {
        return """
                {"metadata":{"namespace":"shop","name":"%s","resourceVersion":"%s","managedFields":[{"manager":"kubectl"}]},\
                "spec":{"defaultBackend":{"service":{"name":"app","port":{"number":80}}}}}""".formatted(name, version);
    }

    private static String event(String type, String object) {
        return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
    }

    private static String list(String version, String next, String... items) {
        return "{\"kind\":\"IngressList\",\"metadata\":{\"resourceVersion\":\"" + version + "\",\"continue\":\"" + next
                + "\"},\"items\":[" + String.join(",", items) + "]}";
    }
}

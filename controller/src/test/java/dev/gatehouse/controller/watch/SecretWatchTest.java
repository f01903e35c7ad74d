package dev.gatehouse.controller.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.Secret;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SecretWatchTest {

    private final ScriptedApi api = new ScriptedApi();
    private final ApiServer server = ApiServer.of(api.config());
    private final RecordedSink sink = new RecordedSink();
    private final Map<String, String> accepted = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<HttpServerResponse> tls = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<HttpServerResponse> others = new LinkedBlockingQueue<>();
    private final SecretWatch watch = new SecretWatch(
            server,
            List.of(Source.of(Secret.class)),
            sink,
            () -> sink.listed(Kind.SECRET),
            RandomGenerator.getDefault());

    @BeforeEach
    void start() {
        for (int i = 0; i < 20; i++) {
            api.then(this::answer);
        }
        watch.reflectors().forEach(Reflector::start);
    }

    @AfterEach
    void close() throws Exception {
        watch.reflectors().forEach(Reflector::close);
        watch.close();
        server.close();
        api.close();
    }

    /** Lists nothing, and leaves watches to the test; single Secrets are at version 100. */
    private void answer(HttpServerRequest request) {
        String selector = String.valueOf(request.getParam("fieldSelector"));
        if (request.getParam("watch") != null) {
            accepted.put("watch " + selector, String.valueOf(request.getHeader("accept")));
            request.response().setChunked(true).writeHead();
            (selector.contains("!=") ? others : tls).add(request.response());
        } else if (request.getParam("limit") != null) {
            accepted.put("list " + selector, String.valueOf(request.getHeader("accept")));
            request.response().end("{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}");
        } else {
            request.response()
                    .end(SecretReaderTest.secret(
                            request.uri().substring(request.uri().lastIndexOf('/') + 1), "100"));
        }
    }

    private static HttpServerResponse opened(LinkedBlockingQueue<HttpServerResponse> watches) throws Exception {
        HttpServerResponse response = watches.poll(ScriptedApi.BOUND_SECONDS, TimeUnit.SECONDS);
        assertThat(response).isNotNull();
        return java.util.Objects.requireNonNull(response);
    }

    private static String event(String type, String name, String version) {
        return "{\"type\":\"" + type + "\",\"object\":" + SecretReaderTest.secret(name, version) + "}\n";
    }

    private static String metadata(String type, String name, String version) {
        return "{\"type\":\"" + type
                + "\",\"object\":{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                + "\"metadata\":{\"namespace\":\"shop\",\"name\":\"" + name + "\",\"resourceVersion\":\"" + version
                + "\"}}}\n";
    }

    @Test
    void certificatesComeWholeAndOfAllOtherSecretsTheMetadataAlone() throws Exception {
        HttpServerResponse whole = opened(tls);
        HttpServerResponse bare = opened(others);
        sink.assertSeen("listed Secret", "listed Secret");
        assertThat(accepted)
                .containsEntry("list type=kubernetes.io/tls", "application/json")
                .containsEntry("watch type=kubernetes.io/tls", "application/json")
                .containsEntry(
                        "list type!=kubernetes.io/tls",
                        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
                .containsEntry(
                        "watch type!=kubernetes.io/tls",
                        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");

        whole.write(event("ADDED", "cert", "2"));
        sink.assertSeen("cert@2{ca.crt=2}");
        bare.write(metadata("ADDED", "ca", "3"));
        sink.assertSeen("unread ca@3");
        bare.write(metadata("DELETED", "ca", "4"));
        sink.assertSeen("gone ca");
        whole.write(event("DELETED", "cert", "5"));
        sink.assertSeen("gone cert");

        sink.want(ObjectKey.secret("shop", "ca"));
        watch.read(Set.of(ObjectKey.secret("shop", "ca")));
        sink.assertSeen("ca@100{ca.crt=100}");
    }

    /** Of the two watches that see it, each tells half, and either half may come first. */
    @Test
    void aSecretThatIsMadeAgainWithAnotherTypeIsWhatTheApiServerSaysInTheEnd() throws Exception {
        HttpServerResponse whole = opened(tls);
        HttpServerResponse bare = opened(others);
        sink.assertSeen("listed Secret", "listed Secret");

        whole.write(event("ADDED", "x", "2"));
        sink.assertSeen("x@2{ca.crt=2}");
        bare.write(metadata("ADDED", "x", "4"));
        sink.assertSeen("unread x@4");
        whole.write(event("DELETED", "x", "3"));
        sink.assertSeen("x@100{ca.crt=100}");

        bare.write(metadata("DELETED", "x", "101"));
        sink.assertSeen("gone x");
        whole.write(event("ADDED", "x", "102"));
        sink.assertSeen("x@102{ca.crt=102}");
    }
}

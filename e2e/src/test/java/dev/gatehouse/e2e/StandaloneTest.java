package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.Standalone.port;
import static dev.gatehouse.e2e.Standalone.run;
import static dev.gatehouse.e2e.Standalone.web;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.WebClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse run}: what a user of the first five minutes sees. */
class StandaloneTest {

    private static final Path QUICKSTART = Path.of("../examples/quickstart");
    private static final Duration LIVE = Duration.ofSeconds(1);
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int EVENT_LOOPS = Runtime.getRuntime().availableProcessors();

    @TempDir
    private Path folder;

    @Test
    void anEditIsLiveWithinASecond() throws IOException {
        copyQuickstart();
        try (Program program = run(folder)) {
            WebClient web = web(program);
            assertThat(web.get("localhost", "/v2/x").rawBody()).startsWith("Hello from storefront");
            // A machine that stalls adds to what an edit takes: the quickest of a few tells what that is.
            Duration quickest = LIVE;
            for (int edits = 0; edits < 5 && quickest.compareTo(LIVE) >= 0; edits++) {
                if (edits > 0) {
                    live(web, "path: /v2", "path: /api", "/api/x");
                }
                quickest = live(web, "path: /api", "path: /v2", "/v2/x");
            }
            assertThat(quickest).isLessThan(LIVE);
            assertThat(web.get("localhost", "/api/x").rawBody()).startsWith("Hello from storefront");
        }
    }

    /** Edits the example, and tells how long it takes until the path leads to the API. */
    private Duration live(WebClient web, String from, String to, String path) throws IOException {
        long begin = System.nanoTime();
        edit("shop.yaml", from, to);
        await().atMost(BOUND)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(
                        () -> assertThat(web.get("localhost", path).rawBody()).startsWith("Hello from api"));
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    void aFleetInTheFolderAsksForTheProxyProtocol() throws IOException {
        copyQuickstart();
        Files.writeString(folder.resolve("fleet.yaml"), """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {name: default}
                spec: {listeners: {proxyProtocol: true, trustedProxies: [127.0.0.0/8]}}
                """);
        try (Program program = run(folder);
                RawClient client = RawClient.connect(port(program, "http"));
                RawClient bare = RawClient.connect(port(program, "http"))) {
            client.send("PROXY TCP4 203.0.113.7 192.0.2.1 40000 80\r\nGET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readResponse().rawBody())
                    .startsWith("Hello from api")
                    .containsIgnoringCase("X-Real-IP: 203.0.113.7\n");
            assertThat(bare.send("GET /api/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .readToEnd())
                    .isEmpty();
        }
    }

    @Test
    void aBrokenFileIsRefusedAndWhatWasServedStays() throws IOException {
        copyQuickstart();
        try (Program program = run(folder)) {
            WebClient web = web(program);
            edit("shop.yaml", "pathType: Prefix", "pathTyp: Prefix");
            program.await("shop.yaml:\\d+: .*has no field 'pathTyp'; did you mean 'pathType'\\?");
            assertThat(web.get("localhost", "/api/x").rawBody()).startsWith("Hello from api");

            edit("shop.yaml", "pathTyp: Prefix", "pathType: [Prefix");
            program.await("shop.yaml:\\d+: (?!.*pathTyp').*");
            assertThat(web.get("localhost", "/api/x").rawBody()).startsWith("Hello from api");

            edit("shop.yaml", "pathType: [Prefix", "pathType: Prefix");
            edit("shop.yaml", "path: /api", "path: /v2");
            await().atMost(BOUND)
                    .untilAsserted(() ->
                            assertThat(web.get("localhost", "/v2/x").rawBody()).startsWith("Hello from api"));
        }
    }

    @Test
    void aSignalDrains() throws IOException, InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            conversation.request();
            asked.countDown();
            answer.await();
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
        })) {
            Files.writeString(
                    folder.resolve("slow.yaml"), """
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata: {name: slow, namespace: default}
                    spec:
                      defaultBackend: {service: {name: slow, port: {number: 80}}}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: slow, namespace: default}
                    spec:
                      ports: [{port: 80}]
                    ---
                    apiVersion: discovery.k8s.io/v1
                    kind: EndpointSlice
                    metadata: {name: slow-1, namespace: default, labels: {kubernetes.io/service-name: slow}}
                    addressType: IPv4
                    ports: [{port: %d}]
                    endpoints: [{addresses: [127.0.0.1]}]
                    """.formatted(backend.address().getPort()));
            try (Program program = run(folder)) {
                int port = port(program, "http");
                assertThat(program.output())
                        .contains("(any other host or path) -> default/slow/")
                        .contains("curl -i http://localhost:" + port + "/");
                try (RawClient client = RawClient.connect(port)) {
                    client.send("GET / HTTP/1.1\r\nHost: any\r\n\r\n");
                    asked.await();
                    // One for each event loop: they go to the loops in turn.
                    List<RawClient> idle = IntStream.range(0, EVENT_LOOPS)
                            .mapToObj(loop -> RawClient.connect(port))
                            .toList();
                    program.terminate();
                    program.await("event=draining");
                    idle.forEach(RawClient::readToEnd); // so that every loop has heard of it
                    idle.forEach(RawClient::close);
                    answer.countDown();
                    RawClient.Response response = client.readResponse();
                    assertThat(response.status()).isEqualTo(200);
                    assertThat(response.rawBody()).isEqualTo("late");
                    assertThat(response.field("connection")).isEqualTo("close");
                }
                assertThat(program.exitCode()).isEqualTo(143); // 128 + SIGTERM, as every JVM
                assertThat(program.output()).contains("event=drained");
            }
        }
    }

    @Test
    void aTakenPortIsNamedWithTheOptionThatChangesIt() throws InterruptedException {
        try (Program first = run(QUICKSTART);
                Program second = Program.start(
                        "run",
                        QUICKSTART.toString(),
                        "--admin-port",
                        "0",
                        "--no-demo-backends",
                        "--http-port",
                        String.valueOf(port(first, "http")),
                        "--https-port",
                        "0")) {
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.output())
                    .contains("listener http cannot listen on 0.0.0.0:" + port(first, "http"))
                    .contains("--http-port")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void aMissingFolderIsSaid() throws InterruptedException {
        try (Program program = Program.start("run", "no-such-folder")) {
            assertThat(program.exitCode()).isEqualTo(1);
            assertThat(program.output()).contains("no-such-folder is no folder");
        }
    }

    private void copyQuickstart() throws IOException {
        try (Stream<Path> files = Files.list(QUICKSTART)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** In one step: whoever stalls between emptying a file and writing it has shown an empty one. */
    private void edit(String file, String from, String to) throws IOException {
        Path path = folder.resolve(file);
        String text = Files.readString(path);
        assertThat(text).contains(from);
        Path next = Files.writeString(folder.resolve(file + ".next"), text.replace(from, to));
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    }
}

package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Upstream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Vert.x as a client by HTTP/2 over TLS and in clear text, Vert.x as a backend by HTTP/1.1 and by HTTP/2. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Http2MatrixTest {
    /** One way through Gatehouse. */
    record Way(boolean tls, Upstream.Protocol backend) {
        @Override
        public String toString() {
            return (tls ? "over TLS" : "in clear text") + " to " + backend;
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final Map<Upstream.Protocol, ProxyFixture> proxies = new EnumMap<>(Upstream.Protocol.class);
    private final HttpClient overTls = client(true);
    private final HttpClient inClearText = client(false);
    private volatile CountDownLatch asked = new CountDownLatch(1);
    private volatile CountDownLatch cancelled = new CountDownLatch(1);

    static Stream<Way> ways() {
        return Stream.of(true, false)
                .flatMap(tls -> Stream.of(Upstream.Protocol.HTTP1, Upstream.Protocol.H2C)
                        .map(backend -> new Way(tls, backend)));
    }

    private HttpClient client(boolean tls) {
        return vertx.createHttpClient(new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setSsl(tls)
                .setUseAlpn(tls)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setHttp2ClearTextUpgrade(false));
    }

    @BeforeAll
    void start() throws Exception {
        HttpServer server = vertx.createHttpServer()
                .requestHandler(this::serve)
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort());
        for (Upstream.Protocol protocol : List.of(Upstream.Protocol.HTTP1, Upstream.Protocol.H2C)) {
            ProxyFixture proxy = new ProxyFixture(List.of(
                            new ListenerBind("http", "127.0.0.1", 0, false),
                            new ListenerBind("https", "127.0.0.1", 0, true)))
                    .routeTo(address)
                    .upstream(upstream -> upstream.setProtocol(protocol))
                    .listener(settings -> settings.setHttp2Cleartext(true).setMaxRequestsPerConnection(100_000))
                    .listener("https", settings -> settings.setMaxRequestsPerConnection(100_000));
            proxies.put(protocol, proxy);
        }
    }

    @AfterAll
    void close() throws Exception {
        proxies.values().forEach(ProxyFixture::close);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private void serve(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader("x-version", request.version().name());
        String[] path = Objects.requireNonNull(request.path()).split("/");
        switch (path[1]) {
            case "echo" -> {
                request.headers().names().stream()
                        .filter(name -> name.equalsIgnoreCase("content-length"))
                        .forEach(name -> response.putHeader(name, request.getHeader(name)));
                if (!response.headers().contains("content-length")) {
                    response.setChunked(true);
                }
                request.pipeTo(response);
            }
            case "size" -> {
                response.putHeader("content-length", path[2]);
                response.end(
                        request.method().equals(HttpMethod.HEAD) ? Buffer.buffer() : octets(Integer.parseInt(path[2])));
            }
            case "status" -> response.setStatusCode(Integer.parseInt(path[2])).end();
            case "trailers" -> {
                response.setChunked(true).write("body");
                response.putTrailer("x-sum", "6").end();
            }
            case "continue" -> {
                response.writeContinue();
                request.body().onSuccess(response::end);
            }
            case "hints" -> {
                response.writeEarlyHints(MultiMap.caseInsensitiveMultiMap().add("link", "</a.css>; rel=preload"));
                response.end("page");
            }
            case "cancel" -> {
                response.exceptionHandler(gone -> cancelled.countDown());
                response.closeHandler(gone -> cancelled.countDown());
                asked.countDown();
            }
            case "query" -> response.end(request.uri() + " of " + request.authority());
            default -> response.setStatusCode(500).end("unexpected: " + request.path());
        }
    }

    private static Buffer octets(int length) {
        byte[] octets = new byte[length];
        new Random(length).nextBytes(octets);
        return Buffer.buffer(octets);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    private int port(Way way) {
        return Objects.requireNonNull(proxies.get(way.backend())).port(way.tls() ? "https" : "http");
    }

    private Future<HttpClientRequest> request(Way way, HttpMethod method, String path) {
        return (way.tls() ? overTls : inClearText)
                .request(new RequestOptions()
                        .setMethod(method)
                        .setHost("127.0.0.1")
                        .setPort(port(way))
                        .setURI(path));
    }

    /** An answer with its body, which is only there for who asks for it at once. */
    record Answer(HttpClientResponse head, Buffer body) {
        static Future<Answer> of(Future<HttpClientResponse> response) {
            return response.compose(head -> head.body().map(body -> new Answer(head, body)));
        }

        /** Asks for the body before anything is sent: later might be after its first octets. */
        static Future<Answer> to(HttpClientRequest request) {
            Future<Answer> answer = of(request.response());
            return request.send().compose(sent -> answer);
        }

        static Future<Answer> to(HttpClientRequest request, Buffer content) {
            Future<Answer> answer = of(request.response());
            return request.send(content).compose(sent -> answer);
        }
    }

    private Answer get(Way way, String path) throws Exception {
        return done(request(way, HttpMethod.GET, path).compose(request -> Answer.to(request)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bothSidesSpeakWhatTheyShould(Way way) throws Exception {
        Answer answer = get(way, "/query?a=b%20c");
        assertThat(answer.head().version()).isEqualTo(HttpVersion.HTTP_2);
        assertThat(answer.head().getHeader("x-version"))
                .isEqualTo(way.backend() == Upstream.Protocol.H2C ? "HTTP_2" : "HTTP_1_1");
        assertThat(answer.body().toString()).isEqualTo("/query?a=b%20c of 127.0.0.1:" + port(way));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bodiesPassBothWays(Way way) throws Exception {
        for (int length : new int[] {0, 1, 100, 16_383, 16_384, 16_385, 65_535, 70_000, 1_000_000, 5_000_000}) {
            Buffer body = octets(length);
            for (boolean measured : new boolean[] {true, false}) {
                HttpClientRequest request = done(request(way, HttpMethod.POST, "/echo"));
                if (!measured) {
                    request.setChunked(true);
                }
                Answer answer = done(Answer.to(request, body));
                assertThat(answer.head().statusCode()).isEqualTo(200);
                assertThat(answer.body().equals(body)).as("of %s", length).isTrue();
            }
        }
    }

    /** Vert.x sends a length of nothing and an empty frame behind it. */
    @ParameterizedTest
    @MethodSource("ways")
    void aBodyOfNothingPassesWithEveryMethod(Way way) throws Exception {
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE, HttpMethod.OPTIONS)) {
            Answer answer =
                    done(request(way, method, "/size/3").compose(request -> Answer.to(request, Buffer.buffer())));
            assertThat(answer.head().statusCode()).isEqualTo(200);
            assertThat(answer.body().length()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void answersWithoutBodiesHaveNone(Way way) throws Exception {
        Answer head = done(request(way, HttpMethod.HEAD, "/size/1000").compose(request -> Answer.to(request)));
        assertThat(head.head().getHeader("content-length")).isEqualTo("1000");
        assertThat(head.body().length()).isZero();
        for (int status : new int[] {204, 304}) {
            Answer answer = get(way, "/status/" + status);
            assertThat(answer.head().statusCode()).isEqualTo(status);
            assertThat(answer.body().length()).isZero();
        }
        Answer empty = get(way, "/size/0");
        assertThat(empty.head().getHeader("content-length")).isEqualTo("0");
        assertThat(empty.body().length()).isZero();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void trailersOfTheResponsePass(Way way) throws Exception {
        Answer answer = get(way, "/trailers");
        assertThat(answer.body().toString()).isEqualTo("body");
        assertThat(answer.head().getTrailer("x-sum")).isEqualTo("6");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aBodyWaitsForA100OfTheBackend(Way way) throws Exception {
        HttpClientRequest request = done(request(way, HttpMethod.POST, "/continue"));
        request.putHeader("expect", "100-continue").setChunked(true);
        CountDownLatch continued = new CountDownLatch(1);
        request.continueHandler(go -> {
            continued.countDown();
            request.end("after it");
        });
        Future<Answer> answer = Answer.of(request.response());
        request.writeHead();
        assertThat(done(answer).body().toString()).isEqualTo("after it");
        assertThat(continued.getCount()).isZero();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void earlyHintsPass(Way way) throws Exception {
        HttpClientRequest request = done(request(way, HttpMethod.GET, "/hints"));
        CompletableFuture<MultiMap> hints = new CompletableFuture<>();
        request.earlyHintsHandler(hints::complete);
        assertThat(done(Answer.to(request)).body().toString()).isEqualTo("page");
        assertThat(hints.get(20, TimeUnit.SECONDS).get("link")).isEqualTo("</a.css>; rel=preload");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aCancelledRequestIsCancelledAtTheBackend(Way way) throws Exception {
        asked = new CountDownLatch(1);
        cancelled = new CountDownLatch(1);
        HttpClientRequest request = done(request(way, HttpMethod.GET, "/cancel"));
        request.send();
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        request.reset(8);
        assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(get(way, "/size/3").body().length()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void eachOfManyGetsItsOwnAnswer(Way way) throws Exception {
        List<Future<Buffer>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            int length = i * 37;
            answers.add(request(way, HttpMethod.POST, "/echo")
                    .compose(request -> Answer.to(request, octets(length)))
                    .map(Answer::body));
        }
        for (int i = 0; i < 500; i++) {
            assertThat(done(answers.get(i))).isEqualTo(octets(i * 37));
        }
    }
}

package dev.gatehouse.controller.watch;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Answers requests in the order in which a test wrote the answers, and has nothing more to say afterwards: for what a real API server
 * does only once in a month. What it does every day is tested against a real one.
 */
final class ScriptedApi implements AutoCloseable {

    static final int BOUND_SECONDS = 30;

    private final Vertx vertx = Vertx.vertx();
    private final Queue<Consumer<HttpServerRequest>> answers = new ConcurrentLinkedQueue<>();
    private final LinkedBlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final int port;

    ScriptedApi() {
        try {
            port = vertx.createHttpServer()
                    .requestHandler(this::answer)
                    .listen(0, "127.0.0.1")
                    .await(BOUND_SECONDS, SECONDS)
                    .actualPort();
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpServerRequest request) {
        requests.add(request.uri());
        Consumer<HttpServerRequest> next = answers.poll();
        if (next != null) {
            next.accept(request);
        } else if (request.getParam("watch") != null) {
            stream(request); // a watch that sees nothing
        } else {
            request.response().setStatusCode(500).end("{\"message\":\"nothing left to say\"}");
        }
    }

    /** The next request is answered by {@code how}. */
    ScriptedApi then(Consumer<HttpServerRequest> how) {
        answers.add(how);
        return this;
    }

    /** The next request is answered with this. */
    ScriptedApi then(int status, String body) {
        return then(request -> request.response().setStatusCode(status).end(body));
    }

    /** The next request is a watch that tells this and goes on. */
    ScriptedApi thenStream(String... lines) {
        return then(request -> {
            HttpServerResponse response = stream(request);
            for (String line : lines) {
                response.write(line + "\n");
            }
        });
    }

    /** The next request is a watch that tells this and ends. */
    ScriptedApi thenStreamAndEnd(String... lines) {
        return then(request -> {
            HttpServerResponse response = stream(request);
            for (String line : lines) {
                response.write(line + "\n");
            }
            response.end();
        });
    }

    private static HttpServerResponse stream(HttpServerRequest request) {
        HttpServerResponse response = request.response().setChunked(true);
        response.writeHead();
        return response;
    }

    /** Path and query of the next request that came. */
    String request() throws InterruptedException {
        String next = requests.poll(BOUND_SECONDS, SECONDS);
        if (next == null) {
            throw new AssertionError("nothing was asked");
        }
        return next;
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    Config config() {
        return new ConfigBuilder(Config.empty()).withMasterUrl(url()).build();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

package dev.gatehouse.cli;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.net.InetAddress;

/**
 * The small gRPC backends an example brings along. They say that they are well when asked by {@code grpc.health.v1.Health}, and
 * answer every other call, of whatever kind, with the messages that they get.
 */
final class DemoGrpcServers implements AutoCloseable {
    private static final String CHECK = "/grpc.health.v1.Health/Check";
    private static final String WATCH = "/grpc.health.v1.Health/Watch";

    /** A message with its prefix: {@code HealthCheckResponse{status: SERVING}}. */
    private static final byte[] SERVING = {0, 0, 0, 0, 2, 8, 1};

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

    /**
     * Starts one. Blocks until it listens.
     *
     * @param label goes with every answer
     */
    void listen(InetAddress address, int port, String label) {
        vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                .requestHandler(request -> answer(request, label))
                .listen(port, address.getHostAddress())
                .await();
    }

    private static void answer(HttpServerRequest request, String label) {
        HttpServerResponse response = request.response()
                .setChunked(true)
                .putHeader("content-type", "application/grpc+proto")
                .putHeader("demo-backend", label);
        switch (String.valueOf(request.path())) {
            case CHECK ->
                request.body()
                        .compose(asked -> response.write(Buffer.buffer(SERVING)))
                        .onSuccess(sent -> end(response));
            // A watch ends when its client does not want it any more.
            case WATCH -> request.body().compose(asked -> response.write(Buffer.buffer(SERVING)));
            default -> request.pipe().endOnComplete(false).to(response).onSuccess(all -> end(response));
        }
    }

    private static void end(HttpServerResponse response) {
        response.putTrailer("grpc-status", "0").end();
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}

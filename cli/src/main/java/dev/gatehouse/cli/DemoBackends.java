package dev.gatehouse.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gatehouse.controller.folder.FolderObject;
import dev.gatehouse.controller.model.EndpointSliceModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;

/**
 * The small backends an example brings along: one HTTP server on each loopback endpoint of an EndpointSlice annotated
 * {@code gatehouse.dev/demo-backend: NAME}. Each answers with its name, its address, and the head it was sent. With
 * {@code gatehouse.dev/demo-grpc-backend: NAME} it is a gRPC server, with {@code gatehouse.dev/demo-tls-backend: NAME} it ends TLS
 * itself. {@link DemoIllness} says how such a server may fail or dawdle.
 */
final class DemoBackends implements AutoCloseable {

    static final String ANNOTATION = "gatehouse.dev/demo-backend";
    static final String GRPC_ANNOTATION = "gatehouse.dev/demo-grpc-backend";
    static final String TLS_ANNOTATION = "gatehouse.dev/demo-tls-backend";

    private final List<HttpServer> servers = new ArrayList<>();
    private final List<String> started = new ArrayList<>();
    private Optional<DemoGrpcServers> grpc = Optional.empty();

    private DemoBackends() {}

    /**
     * Starts what the slices among {@code objects} ask for. Blocks until all listen.
     *
     * @throws SettingException if an address is not a loopback address or its port is taken
     */
    static DemoBackends start(Collection<FolderObject> objects) {
        DemoBackends all = new DemoBackends();
        try {
            for (FolderObject object : objects) {
                if (object.model() instanceof EndpointSliceModel slice) {
                    all.startAll(object, slice);
                }
            }
            return all;
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    /** A line for each: name and address. */
    List<String> started() {
        return List.copyOf(started);
    }

    private void startAll(FolderObject object, EndpointSliceModel slice) {
        String http = object.annotations().get(ANNOTATION);
        String calls = object.annotations().get(GRPC_ANNOTATION);
        String secured = object.annotations().get(TLS_ANNOTATION);
        DemoIllness illness = DemoIllness.of(object.annotations());
        for (EndpointSliceModel.Endpoint endpoint : slice.endpoints()) {
            for (EndpointSliceModel.Port port : slice.ports()) {
                if (http != null) {
                    listen(
                            ANNOTATION,
                            http,
                            endpoint.address().toByteArray(),
                            port.number(),
                            (address, number, name, label) -> startHttp(address, number, name, label, illness));
                } else if (calls != null) {
                    listen(GRPC_ANNOTATION, calls, endpoint.address().toByteArray(), port.number(), this::startGrpc);
                } else if (secured != null) {
                    listen(TLS_ANNOTATION, secured, endpoint.address().toByteArray(), port.number(), this::startTls);
                }
            }
        }
    }

    private interface Start {
        void at(InetAddress address, int port, String name, String label) throws IOException;
    }

    private void startHttp(InetAddress address, int port, String name, String label, DemoIllness illness)
            throws IOException {
        serve(HttpServer.create(new InetSocketAddress(address, port), 0), name, label, illness);
    }

    private void startTls(InetAddress address, int port, String name, String label) throws IOException {
        serve(DemoTlsServers.create(new InetSocketAddress(address, port), name), name, label, DemoIllness.NONE);
    }

    private void serve(HttpServer server, String name, String label, DemoIllness illness) {
        server.createContext("/", exchange -> answer(exchange, name, label, illness));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        servers.add(server);
    }

    private void startGrpc(InetAddress address, int port, String name, String label) throws IOException {
        if (grpc.isEmpty()) {
            grpc = Optional.of(new DemoGrpcServers());
        }
        grpc.orElseThrow().listen(address, port, name + " at " + label);
    }

    private void listen(String annotation, String name, byte[] address, int port, Start start) {
        String self = "";
        try {
            InetAddress inet = InetAddress.getByAddress(address);
            self = inet.getHostAddress() + ":" + port;
            if (!inet.isLoopbackAddress()) {
                throw new SettingException("the demo backend '" + name + "' (annotation " + annotation
                        + ") is only started on loopback addresses; " + inet.getHostAddress() + " is none");
            }
            start.at(inet, port, name, self);
            started.add(name + " on " + self);
        } catch (IOException e) {
            throw new SettingException("the demo backend '" + name + "' cannot listen on " + self + ": "
                    + e.getMessage() + ". Is another one running? The addresses stand in the EndpointSlice.");
        }
    }

    private static void answer(HttpExchange exchange, String name, String self, DemoIllness illness) {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            OptionalInt error = illness.error(path);
            StringBuilder text = new StringBuilder(
                    (error.isPresent() ? "Sorry from " : "Hello from ") + name + " at " + self + "\n\n");
            text.append(exchange.getRequestMethod())
                    .append(' ')
                    .append(exchange.getRequestURI())
                    .append('\n');
            exchange.getRequestHeaders()
                    .forEach((header, values) -> values.forEach(value ->
                            text.append(header).append(": ").append(value).append('\n')));
            byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getRequestBody().readAllBytes();
            illness.delay(path);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.getResponseHeaders().set("Content-Language", "en");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(error.orElse(200), head ? -1 : body.length);
            if (!head) {
                int half = body.length / 2;
                exchange.getResponseBody().write(body, 0, half);
                if (!illness.pause().isZero()) {
                    exchange.getResponseBody().flush();
                    illness.pause(path);
                }
                exchange.getResponseBody().write(body, half, body.length - half);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the program ends
        }
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        grpc.ifPresent(DemoGrpcServers::close);
    }
}

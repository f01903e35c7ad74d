package dev.gatehouse.testkit;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server that answers with its name, on an address of this machine that an EndpointSlice may hold: no loopback. */
public final class NamedBackend implements AutoCloseable {

    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();

    /** Starts one on a free port. */
    public NamedBackend(String name) {
        try {
            server = HttpServer.create(new InetSocketAddress(machineAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] body = name.getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    /** An IPv4 address of this machine that is not loopback. */
    public static String machineAddress() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> address instanceof Inet4Address
                            && !address.isLoopbackAddress()
                            && !address.isLinkLocalAddress())
                    .map(InetAddress::getHostAddress)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(
                            "this machine has no IPv4 address but loopback, which no EndpointSlice may hold"));
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
    }

    public String address() {
        return server.getAddress().getAddress().getHostAddress();
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Requests answered. */
    public int requests() {
        return requests.get();
    }

    /** Manifests of a Service with port 80 named http and of its one EndpointSlice, which leads here. */
    public String serviceYaml(String namespace, String name) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {namespace: %1$s, name: %2$s}
                spec:
                  ports: [{name: http, port: 80, targetPort: %4$d}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: %1$s, name: %2$s-1, labels: {kubernetes.io/service-name: %2$s}}
                addressType: IPv4
                ports: [{name: http, port: %4$d}]
                endpoints: [{addresses: [%3$s], conditions: {ready: true}}]
                """.formatted(namespace, name, address(), port());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

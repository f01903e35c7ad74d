package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gatehouse.dataplane.observe.Metrics;
import dev.gatehouse.snapshot.proto.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A backend, and a data plane before it in a process of its own: the one of the tests looks for leaks, which costs twenty kilobytes a
 * request. The data plane has the metrics of a real one.
 */
final class Footprint implements AutoCloseable {

    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 20_000;
    private static final int ROUNDS = 6;
    private static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket backend = open();

    /** In the process of its own: sends everything to a port, with changes to the rule. */
    static ProxyFixture proxy(int backendPort, UnaryOperator<Rule.Builder> change) {
        return new ProxyFixture(List.of(new ListenerBind("http", "127.0.0.1", 0, false)), recording -> new Metrics())
                .listener(settings -> settings.setMaxRequestsPerConnection(Integer.MAX_VALUE))
                .route(change, new InetSocketAddress(InetAddress.getLoopbackAddress(), backendPort));
    }

    private static ServerSocket open() {
        try {
            ServerSocket server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
            Thread.ofPlatform().daemon().start(() -> accept(server));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void accept(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofPlatform().daemon().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** Requests of this test are small and one at a time: what is read at once and ends in an empty line is one. */
    private static void serve(Socket socket) {
        byte[] in = new byte[4096];
        try (socket) {
            socket.setTcpNoDelay(true);
            int held = 0;
            for (int n = socket.getInputStream().read(in);
                    n > 0;
                    n = socket.getInputStream().read(in, held, in.length - held)) {
                held += n;
                if (held >= 4 && in[held - 1] == '\n' && in[held - 3] == '\n') {
                    held = 0;
                    socket.getOutputStream().write(ANSWER);
                }
            }
        } catch (IOException e) {
            // the proxy is gone
        }
    }

    @Override
    public void close() throws IOException {
        backend.close();
    }

    /** Runs a {@code main} in a process of its own; what it says. Its arguments are the port of the backend, and those here. */
    List<String> run(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                String.valueOf(backend.getLocalPort())));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (Stream<String> lines = process.inputReader().lines()) {
            return lines.toList();
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * What the event loop allocates for a request: once all of it is compiled, which takes a slow machine longer. So it is measured
     * until it is less than that much, a few times at most; the least is what a request needs.
     */
    static long allocatedPerRequest(ProxyFixture proxy, long most) throws IOException {
        byte[] request =
                ("GET /a/path?with=query HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n"
                                + "Accept-Encoding: gzip\r\nCookie: session=0123456789abcdef\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            client.setTcpNoDelay(true);
            exchange(client, request, WARM_UP);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least >= most; round++) {
                long before = allocatedByEventLoops();
                exchange(client, request, REQUESTS);
                least = Math.min(least, (allocatedByEventLoops() - before) / REQUESTS);
            }
            return least;
        }
    }

    private static void exchange(Socket client, byte[] request, int times) throws IOException {
        InputStream in = client.getInputStream();
        OutputStream out = client.getOutputStream();
        byte[] answer = new byte[4096];
        for (int i = 0; i < times; i++) {
            out.write(request);
            int held = 0;
            while (held < 5 || answer[held - 1] != 'o') {
                int n = in.read(answer, held, answer.length - held);
                assertThat(n).as("octets read").isPositive();
                held += n;
            }
            assertThat(answer[9]).as("first digit of the status").isEqualTo((byte) '2');
        }
    }

    private static long allocatedByEventLoops() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] loops = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().contains("eventloop"))
                .mapToLong(ThreadInfo::getThreadId)
                .toArray();
        assertThat(loops).as("threads of event loops").isNotEmpty();
        return Arrays.stream(threads.getThreadAllocatedBytes(loops)).sum();
    }
}

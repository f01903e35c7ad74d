package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gatehouse.dataplane.observe.Metrics;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a request and an idle connection cost in memory, with the metrics of a real data plane. */
final class FootprintTest {
    private static final int MOST_BYTES_PER_REQUEST = 200;
    private static final int MOST_BYTES_PER_IDLE_CONNECTION = 4 * 1024;
    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 20_000;
    private static final int IDLE = 2_000;
    private static final String PER_REQUEST = "per-request=";
    private static final String PER_CONNECTION = "per-idle-connection=";
    private static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
            .getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket backend = open();

    private static ProxyFixture proxy(int backendPort) {
        return new ProxyFixture(List.of(new ListenerBind("http", "127.0.0.1", 0, false)), recording -> new Metrics())
                .listener(settings -> settings.setMaxRequestsPerConnection(Integer.MAX_VALUE))
                .routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), backendPort));
    }

    private static ServerSocket open() {
        try {
            ServerSocket server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
            Thread.ofPlatform().daemon().start(() -> accept(server));
            return server;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
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

    @AfterEach
    void close() throws IOException {
        backend.close();
    }

    @Test
    void aRequestAllocatesLessThanTwoHundredBytes() throws IOException {
        long perRequest = measured(PER_REQUEST);

        System.out.println("allocated per HTTP/1.1 request: " + perRequest + " bytes");
        assertThat(perRequest).isBetween(0L, MOST_BYTES_PER_REQUEST - 1L);
    }

    @Test
    void anIdleConnectionHoldsLessThanFourKibibytes() throws IOException {
        long perConnection = measured(PER_CONNECTION);

        System.out.println("held by an idle connection: " + perConnection + " bytes");
        assertThat(perConnection).isBetween(1L, (long) MOST_BYTES_PER_IDLE_CONNECTION);
    }

    /** In a process of its own: the one of the tests looks for leaks, which costs twenty kilobytes a request. */
    private long measured(String what) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FootprintTest.class.getName(),
                        what,
                        String.valueOf(backend.getLocalPort()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String said = process.inputReader()
                    .lines()
                    .filter(line -> line.startsWith(what))
                    .findFirst()
                    .orElseThrow();
            return Long.parseLong(said.substring(what.length()));
        } finally {
            process.destroyForcibly();
        }
    }

    /** Arguments: what to measure, and the port of the backend. Says the octets. */
    public static void main(String[] arguments) throws IOException {
        try (ProxyFixture proxy = proxy(Integer.parseInt(arguments[1]))) {
            long octets = arguments[0].equals(PER_REQUEST) ? perRequest(proxy) : perConnection(proxy);
            System.out.println(arguments[0] + octets);
        }
    }

    /** What the event loop allocates for a request. */
    private static long perRequest(ProxyFixture proxy) throws IOException {
        byte[] request =
                ("GET /a/path?with=query HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: test/1.0\r\nAccept: */*\r\n"
                                + "Accept-Encoding: gzip\r\nCookie: session=0123456789abcdef\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            client.setTcpNoDelay(true);
            exchange(client, request, WARM_UP);
            long before = allocatedByEventLoops();
            exchange(client, request, REQUESTS);
            return (allocatedByEventLoops() - before) / REQUESTS;
        }
    }

    /** What a connection holds that has made a request and is silent since. */
    private static long perConnection(ProxyFixture proxy) throws IOException {
        try (IdleClients one = new IdleClients(proxy.port(), 1)) {
            long before = held();
            try (IdleClients clients = new IdleClients(proxy.port(), IDLE)) {
                long after = held();
                if (!one.areAlive() || !clients.areAlive()) {
                    throw new IllegalStateException("the clients did not stay");
                }
                return (after - before) / IDLE;
            }
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

    /** Octets of live heap and of pooled buffers in use. */
    private static long held() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 3; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed() + PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }
}

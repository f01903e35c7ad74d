package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.SlowFlood;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Many slow peers beside good traffic: they are got rid of in a bounded time, hold a bounded memory, and the good traffic does
 * not feel them: its p99 stays within five times its quiet value, or within what any shared machine may cost.
 */
final class SlowFloodTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final byte[] BLOCK = new byte[16 * 1024];

    private final AtomicLong answered = new AtomicLong();
    private final RecordingBackend backend = RecordingBackend.scripted(conversation -> {
        for (String r = conversation.request(); !r.isEmpty(); r = conversation.request()) {
            int length = Integer.parseInt(r.split("[/ ]")[2]);
            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n");
            for (int sent = 0; sent < length; sent += BLOCK.length) {
                conversation.send(sent + BLOCK.length <= length ? BLOCK : new byte[length - sent]);
                answered.addAndGet(BLOCK.length);
            }
        }
    });
    private final ProxyFixture proxy = new ProxyFixture().routeTo(backend.address());

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    private void limits(UnaryOperator<Listener.Builder> change) {
        proxy.listener(change);
    }

    private static long pinned() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }

    private static long residentBytes() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(l -> l.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    }

    @Test
    void slowHeads() {
        limits(settings -> settings.setHeaderTimeoutMs(5_000));
        GoodTraffic good = new GoodTraffic(proxy);
        long before = pinned();
        try (SlowFlood flood = new SlowFlood(
                proxy.port(),
                500,
                "GET /2 HTTP/1.1\r\nHost: a\r\nX: ",
                socket -> socket.getOutputStream().write('x'))) {
            assertThat(flood.active()).isEqualTo(500);
            good.doesNotFeel("500 slow heads");
            assertThat(pinned() - before).isLessThan(2 << 20);
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
        }
        assertThat(proxy.exchanges().stream().filter(done -> done.reason().equals("header-timeout")))
                .hasSize(500);
    }

    @Test
    void slowBodies() {
        GoodTraffic good = new GoodTraffic(proxy);
        long before = pinned();
        try (SlowFlood flood = new SlowFlood(
                proxy.port(),
                200,
                "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
                socket -> socket.getOutputStream().write('x'))) {
            assertThat(flood.active()).isEqualTo(200);
            good.doesNotFeel("200 slow bodies");
            assertThat(pinned() - before).isLessThan(4 << 20);
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
        }
        assertThat(proxy.exchanges().stream().filter(done -> done.reason().equals("body-too-slow")))
                .hasSize(200);
    }

    @Test
    void slowReaders() {
        limits(settings -> settings.setBodyTimeoutMs(15_000));
        int readers = 100;
        GoodTraffic good = new GoodTraffic(proxy);
        long before = pinned();
        try (SlowFlood flood = new SlowFlood(
                proxy.port(), readers, "GET /20000000 HTTP/1.1\r\nHost: a\r\n\r\n", SlowFloodTest::readOne)) {
            await().atMost(LONG).until(() -> proxy.connections() == readers && pinned() > before);
            await().atMost(LONG).during(Duration.ofMillis(300)).until(new Standstill(answered::get));
            assertThat(flood.active()).isEqualTo(readers);
            good.doesNotFeel(readers + " slow readers");
            // The upper water mark, the read that passed it, and what rounding adds.
            assertThat(pinned() - before).isLessThan(readers * (512L << 10));
            await().atMost(LONG).until(proxy::connections, open -> open == 0);
        }
    }

    private static void readOne(Socket socket) throws IOException {
        if (socket.getInputStream().available() > 0 && socket.getInputStream().read() < 0) {
            throw new IOException("closed");
        }
    }

    @Test
    void idleConnections() throws IOException {
        GoodTraffic good = new GoodTraffic(proxy);
        long files =
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getMaxFileDescriptorCount();
        int count = (int) Math.min(10_000, files - 1_000);
        limits(settings -> settings.setMaxRequestsPerConnection(GoodTraffic.MEASURED + 1));
        System.gc();
        long heap = usedHeap();
        long before = pinned();
        try (IdleClients clients = new IdleClients(proxy.port(), count)) {
            assertThat(proxy.connections()).isEqualTo(count);
            assertThat(clients.areAlive()).isTrue();
            good.doesNotFeel(count + " idle connections");
            System.gc();
            long each = (usedHeap() - heap) / count;
            System.out.println(count + " idle connections: " + each + " bytes of heap each");
            // With what the test itself remembers of each exchange.
            assertThat(each).isLessThan(8 * 1024);
            assertThat(pinned() - before).isLessThan(2 << 20);
        }
        await().atMost(LONG).until(proxy::connections, open -> open == 0);
    }

    private static long usedHeap() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void anUploadOfAGigabyteToABackendThatStops() throws IOException, InterruptedException {
        GoodTraffic good = new GoodTraffic(proxy);
        long length = 1L << 30;
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicLong sent = new AtomicLong();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RawClient client = proxy.client()) {
            proxy.routeHost(
                    "upload",
                    "upload",
                    rule -> rule,
                    new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
            Thread taking = Thread.ofVirtual().start(() -> take(server, goOn, length));
            long before = pinned();
            long resident = residentBytes();
            Thread sending = Thread.ofVirtual().start(() -> {
                client.send("POST / HTTP/1.1\r\nHost: upload\r\nContent-Length: " + length + "\r\n\r\n");
                byte[] block = new byte[256 * 1024];
                while (sent.get() < length) {
                    client.send(block);
                    sent.addAndGet(block.length);
                }
            });
            await().atMost(LONG).until(() -> sent.get() > 0);
            await().atMost(LONG).during(Duration.ofMillis(500)).until(new Standstill(sent::get));
            assertThat(sent.get()).isLessThan(64 << 20);
            assertThat(pinned() - before).isLessThan(2 << 20);
            good.doesNotFeel("an upload that stands");

            goOn.countDown();
            AtomicLong most = new AtomicLong();
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> {
                        most.accumulateAndGet(pinned() - before, Math::max);
                        return !sending.isAlive();
                    });
            assertThat(client.readResponse().status()).isEqualTo(200);
            assertThat(most.get()).isLessThan(4L << 20);
            System.out.println("an upload of a gigabyte: " + most.get() / 1024 + " KiB of buffers at most, resident "
                    + (residentBytes() - resident) / 1024 + " KiB more");
            assertThat(residentBytes() - resident).isLessThan(128 << 20);
            taking.join();
        }
    }

    private static void take(ServerSocket server, CountDownLatch goOn, long length) {
        try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            CutWire.head(in);
            goOn.await();
            byte[] block = new byte[256 * 1024];
            for (long left = length; left > 0; ) {
                int read = in.read(block, 0, (int) Math.min(left, block.length));
                if (read < 0) {
                    return;
                }
                left -= read;
            }
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException | InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

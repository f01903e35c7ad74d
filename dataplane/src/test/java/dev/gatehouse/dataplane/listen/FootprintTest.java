package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a request and an idle connection cost in memory, with the metrics of a real data plane. */
final class FootprintTest {
    private static final int MOST_BYTES_PER_REQUEST = 200;
    private static final int MOST_BYTES_PER_IDLE_CONNECTION = 4 * 1024;
    private static final int IDLE = 2_000;
    private static final String PER_REQUEST = "per-request=";
    private static final String PER_CONNECTION = "per-idle-connection=";

    private final Footprint footprint = new Footprint();

    @AfterEach
    void close() throws IOException {
        footprint.close();
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

    private long measured(String what) throws IOException {
        return footprint.run(FootprintTest.class, what).stream()
                .filter(line -> line.startsWith(what))
                .mapToLong(line -> Long.parseLong(line.substring(what.length())))
                .findFirst()
                .orElseThrow();
    }

    /** Arguments: the port of the backend, and what to measure. Says the octets. */
    public static void main(String[] arguments) throws IOException {
        try (ProxyFixture proxy = Footprint.proxy(Integer.parseInt(arguments[0]), rule -> rule)) {
            long octets = arguments[1].equals(PER_REQUEST)
                    ? Footprint.allocatedPerRequest(proxy, MOST_BYTES_PER_REQUEST)
                    : perConnection(proxy);
            System.out.println(arguments[1] + octets);
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

    /** Octets of live heap and of pooled buffers in use. */
    private static long held() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 3; i++) {
            memory.gc();
        }
        return memory.getHeapMemoryUsage().getUsed() + PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
    }
}

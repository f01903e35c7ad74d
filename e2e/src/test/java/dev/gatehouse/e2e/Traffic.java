package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.RawClient;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Requests to some hosts of a data plane, one after the other on a kept connection each, while something else goes wrong. */
final class Traffic implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(5);

    private final int port;
    private final List<Thread> clients = new ArrayList<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    private Traffic(int port) {
        this.port = port;
    }

    static Traffic to(int port, String... hosts) {
        Traffic traffic = new Traffic(port);
        for (String host : hosts) {
            traffic.clients.add(Thread.ofPlatform().start(() -> traffic.ask(host)));
        }
        return traffic;
    }

    private void ask(String host) {
        while (!over) {
            try (RawClient client = RawClient.connect(port)) {
                boolean kept = true;
                while (kept && !over) {
                    RawClient.Response response = client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                            .readResponse();
                    if (response.status() == 200) {
                        answered.incrementAndGet();
                    } else {
                        failures.add(host + ": " + response.status());
                    }
                    kept = !response.field("connection").equals("close"); // each one lasts for so many requests
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
            } catch (UncheckedIOException | StringIndexOutOfBoundsException e) {
                failures.add(host + ": " + e);
            }
        }
    }

    /** Ends it; not one request may have failed, and there must have been some. */
    @Override
    public void close() {
        // Also where what went wrong was over in no time.
        await().atMost(Duration.ofMinutes(1)).until(() -> !failures.isEmpty() || answered.get() > clients.size() * 10);
        over = true;
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        assertThat(failures).isEmpty();
        assertThat(answered.get()).isGreaterThan(clients.size() * 10);
    }
}

package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.table.Tables;
import java.util.concurrent.atomic.AtomicInteger;

/** What all connections of one listener share. Thread-safe. */
final class Listener {
    private final String name;
    private final int port;
    private final boolean tls;
    private final Tables tables;
    private final AtomicInteger open;
    private final Runnable onLastClosed;

    /**
     * @param name of the listener's shard
     * @param port that clients connect to
     * @param open counts the connections of all listeners
     * @param onLastClosed called when that count falls to zero
     */
    Listener(String name, int port, boolean tls, Tables tables, AtomicInteger open, Runnable onLastClosed) {
        this.name = name;
        this.port = port;
        this.tls = tls;
        this.tables = tables;
        this.open = open;
        this.onLastClosed = onLastClosed;
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    boolean tls() {
        return tls;
    }

    Tables tables() {
        return tables;
    }

    void opened() {
        open.incrementAndGet();
    }

    void closed() {
        if (open.decrementAndGet() == 0) {
            onLastClosed.run();
        }
    }
}

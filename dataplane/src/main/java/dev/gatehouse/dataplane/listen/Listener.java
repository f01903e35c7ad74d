package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.table.Tables;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/** What all connections of one listener share. Thread-safe. */
final class Listener {
    private final String name;
    private final int port;
    private final boolean tls;
    private final Tables tables;
    private final AtomicInteger open;
    private final Runnable onLastClosed;
    private final IntSupplier securePort;

    /**
     * @param name of the listener's shard
     * @param port that clients connect to
     * @param open counts the connections of all listeners
     * @param onLastClosed called when that count falls to zero
     * @param securePort of the listener with TLS; 0 if there is none
     */
    Listener(
            String name,
            int port,
            boolean tls,
            Tables tables,
            AtomicInteger open,
            Runnable onLastClosed,
            IntSupplier securePort) {
        this.name = name;
        this.port = port;
        this.tls = tls;
        this.tables = tables;
        this.open = open;
        this.onLastClosed = onLastClosed;
        this.securePort = securePort;
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    /** Where clients of this listener find one with TLS; 0: nowhere. */
    int securePort() {
        return securePort.getAsInt();
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

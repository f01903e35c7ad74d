package dev.gatehouse.dataplane.listen;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Connections that each do a tiny thing every few milliseconds until the proxy has had enough of them. */
final class Flood implements AutoCloseable {
    private static final int PERIOD_MILLIS = 100;

    /** The tiny thing; an exception ends the connection. */
    interface Step {
        void with(Socket socket) throws IOException;
    }

    private final List<Socket> sockets = new ArrayList<>();
    private final List<Socket> active;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();

    /**
     * @param connections how many
     * @param begin what each sends at first
     */
    Flood(int port, int connections, String begin, Step step) {
        try {
            for (int i = 0; i < connections; i++) {
                Socket socket = new Socket();
                sockets.add(socket);
                socket.setReceiveBufferSize(4096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                socket.getOutputStream().write(begin.getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        active = new CopyOnWriteArrayList<>(sockets);
        var schedule = pace.scheduleAtFixedRate(
                () -> active.removeIf(socket -> isOver(socket, step)),
                PERIOD_MILLIS,
                PERIOD_MILLIS,
                TimeUnit.MILLISECONDS);
        if (schedule.isDone()) {
            throw new IllegalStateException("not scheduled");
        }
    }

    private static boolean isOver(Socket socket, Step step) {
        try {
            step.with(socket);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** How many connections go on. */
    int active() {
        return active.size();
    }

    @Override
    public void close() {
        pace.shutdownNow();
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

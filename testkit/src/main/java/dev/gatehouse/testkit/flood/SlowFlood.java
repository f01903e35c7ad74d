package dev.gatehouse.testkit.flood;

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

/**
 * Connections that each do a tiny thing ten times a second until the proxy has had enough of them. They do not keep step, as peers
 * do not that know nothing of each other.
 */
public final class SlowFlood implements AutoCloseable {
    private static final int SLICES = 20;
    private static final int SLICE_MILLIS = 5;

    /** The tiny thing; an exception ends the connection. */
    public interface Step {
        void with(Socket socket) throws IOException;
    }

    private final List<Socket> sockets = new ArrayList<>();
    /** The connections that go on, by when it is their turn. */
    private final List<List<Socket>> slices = new ArrayList<>();

    private final Step step;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private int turn;

    /**
     * @param connections how many
     * @param begin what each sends at first
     */
    public SlowFlood(int port, int connections, String begin, Step step) {
        this.step = step;
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
        for (int i = 0; i < SLICES; i++) {
            slices.add(new CopyOnWriteArrayList<>());
        }
        for (int i = 0; i < connections; i++) {
            slices.get(i % SLICES).add(sockets.get(i));
        }
        var schedule = pace.scheduleAtFixedRate(this::takeTurn, SLICE_MILLIS, SLICE_MILLIS, TimeUnit.MILLISECONDS);
        if (schedule.isDone()) {
            throw new IllegalStateException("not scheduled");
        }
    }

    private void takeTurn() {
        slices.get(turn++ % SLICES).removeIf(this::isOver);
    }

    private boolean isOver(Socket socket) {
        try {
            step.with(socket);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** How many connections go on. */
    public int active() {
        return slices.stream().mapToInt(List::size).sum();
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

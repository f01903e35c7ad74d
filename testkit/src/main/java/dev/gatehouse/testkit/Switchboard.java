package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One port in front of several servers, as a Service is: each new connection goes where the test says. */
public final class Switchboard implements AutoCloseable {

    private static final int NOWHERE = 0;

    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int target;

    /** Listens on a free port of the loopback address. */
    public Switchboard() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Where the next connections go. */
    public Switchboard to(int port) {
        target = port;
        return this;
    }

    /** Breaks every connection; new ones are closed at once, until they are to go somewhere again. */
    public void cut() {
        target = NOWHERE;
        open.forEach(this::end);
    }

    private void accept() {
        try {
            while (true) {
                connect(server.accept());
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void connect(Socket client) {
        open.add(client);
        int port = target;
        if (port == NOWHERE) {
            end(client);
            return;
        }
        try {
            Socket there = new Socket(InetAddress.getLoopbackAddress(), port);
            Thread.ofVirtual().start(() -> pump(client, there));
            Thread.ofVirtual().start(() -> pump(there, client));
        } catch (IOException e) {
            end(client); // nobody listens there
        }
    }

    private void end(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One side is gone, and so is the other now.
        }
        open.remove(from);
        open.remove(to);
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

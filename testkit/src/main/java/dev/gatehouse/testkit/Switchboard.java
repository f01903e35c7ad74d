package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** One port in front of several servers, as a Service is: each new connection goes where the test says. */
public final class Switchboard implements AutoCloseable {

    private final ServerSocket server;
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

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket there = new Socket(InetAddress.getLoopbackAddress(), target);
                Thread.ofVirtual().start(() -> pump(client, there));
                Thread.ofVirtual().start(() -> pump(there, client));
            }
        } catch (IOException e) {
            // Closed, or the target is gone: the client's connection is refused or stays unanswered, which its test
            // shows.
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // One side is gone, and so is the other now.
        }
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

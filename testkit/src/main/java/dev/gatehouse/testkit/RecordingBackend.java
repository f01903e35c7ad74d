package dev.gatehouse.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backend on plain sockets that records exactly what it is sent and answers what the test says. Each connection runs the
 * script on a thread of its own. What the script throws is kept and shown by {@link #failures()}.
 */
public final class RecordingBackend implements AutoCloseable {
    /** What a backend does with one connection; the connection is closed when it returns. */
    @FunctionalInterface
    public interface Script {
        void serve(Conversation conversation) throws IOException, InterruptedException;
    }

    private final ServerSocket server;
    private final Script script;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();
    private final Thread acceptor;

    private RecordingBackend(Script script) throws IOException {
        this.script = script;
        this.server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        this.acceptor = Thread.ofVirtual().start(this::accept);
    }

    /** Runs the script on every connection. */
    public static RecordingBackend scripted(Script script) {
        try {
            return new RecordingBackend(script);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Answers every complete request with these bytes and keeps the connection open. */
    public static RecordingBackend answering(String response) {
        return scripted(conversation -> {
            while (!conversation.request().isEmpty()) {
                conversation.send(response);
            }
        });
    }

    /** Answers every complete request with 200 and this body. */
    public static RecordingBackend ok(String body) {
        return answering("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                sockets.add(socket);
                int number = accepted.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, number));
            } catch (SocketException e) {
                return;
            } catch (IOException e) {
                failures.add(e);
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.serve(new Conversation(socket, number));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException | AssertionError e) {
            if (!server.isClosed()) {
                failures.add(e);
            }
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** Complete requests in the order of their end: head, then body as it was framed. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** How many connections were accepted. */
    public int connections() {
        return accepted.get();
    }

    /** What went wrong in scripts, such as a connection closed within a request. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /** Closes the listening socket and every connection. Afterwards connecting is refused: nobody is in the middle of accepting. */
    @Override
    public void close() {
        try {
            server.close();
            acceptor.join();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One connection, seen from the backend. */
    public final class Conversation {
        private final Socket socket;
        private final WireReader reader;
        private final int number;

        private Conversation(Socket socket, int number) throws IOException {
            this.socket = socket;
            this.number = number;
            this.reader = new WireReader(new java.io.BufferedInputStream(socket.getInputStream()));
        }

        /** The how-manieth connection of this backend this is, from 1. */
        public int number() {
            return number;
        }

        /** Reads and records a request with its body; empty when the peer has closed. */
        public String request() throws IOException {
            String head = reader.head();
            if (head.isEmpty()) {
                return "";
            }
            String request = head + reader.rawBody(head, false);
            requests.add(request);
            return request;
        }

        /** Reads a head only; not recorded. */
        public String head() throws IOException {
            return reader.head();
        }

        /** Reads this many bytes. */
        public String exactly(int length) throws IOException {
            return reader.exactly(length);
        }

        /** Reads a line with its line end. */
        public String line() throws IOException {
            return reader.line();
        }

        public void send(String bytes) throws IOException {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        public void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Passes what follows on to another server, and its answers back, until either closes. Not recorded. */
        public void relayTo(int port) throws IOException {
            try (Socket onward = new Socket(InetAddress.getLoopbackAddress(), port)) {
                WireReader answers = new WireReader(onward.getInputStream());
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        answers.passOn(socket.getOutputStream());
                    } catch (IOException e) {
                        relayEnded(e);
                    }
                });
                reader.passOn(onward.getOutputStream());
            } catch (SocketException e) {
                relayEnded(e);
            }
        }

        /** One side of a relay closes while the other is being read: that is how relays end. */
        private void relayEnded(IOException e) {
            if (!(e instanceof SocketException)) {
                failures.add(e);
            }
        }

        /** Waits until the peer closes, reading and dropping what it sends. */
        public void awaitClose(Duration atMost) throws IOException {
            socket.setSoTimeout((int) atMost.toMillis());
            try {
                socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (SocketException e) {
                // A reset is a close too.
                return;
            }
        }

        /** The socket itself, for what is not HTTP/1.1. Nothing may have been read before. */
        public Socket socket() {
            return socket;
        }

        /** Closes with a reset instead of a FIN. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}

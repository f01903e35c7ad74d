package dev.gatehouse.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** An HTTP client that sends exactly the bytes it is given and reads exactly what comes. For one thread. */
public final class RawClient implements AutoCloseable {
    /** A response as it came: head with its empty line, and the body with its framing. */
    public record Response(String head, String rawBody) {
        public int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        /** The first value of the field; empty if absent. Lower-case name. */
        public String field(String name) {
            return WireReader.field(head, name);
        }
    }

    /** What comes at all comes within this, on any machine. */
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;
    private final WireReader reader;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.reader = new WireReader(in);
    }

    /** Connects to a port of the loopback address. */
    public static RawClient connect(int port) {
        try {
            return new RawClient(new Socket(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Speaks over a socket that is connected already, such as one with TLS. */
    public static RawClient over(Socket socket) {
        try {
            return new RawClient(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public RawClient send(String bytes) {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a head with its empty line; empty if the peer closed instead. */
    public String readHead() {
        try {
            return reader.head();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a response with the body that its head announces. */
    public Response readResponse() {
        try {
            String head = reader.head();
            boolean bodiless = head.isEmpty() || head.startsWith("204", 9) || head.startsWith("304", 9);
            return new Response(head, bodiless ? "" : reader.rawBody(head, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String readExactly(int length) {
        try {
            return reader.exactly(length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything up to the end of the connection; a reset counts as its end. */
    public String readToEnd() {
        try {
            StringBuilder all = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (true) {
                int n;
                try {
                    n = in.read(buffer);
                } catch (java.net.SocketException e) {
                    return all.toString();
                }
                if (n < 0) {
                    return all.toString();
                }
                all.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether nothing at all comes within the time. */
    public boolean isSilentFor(Duration time) {
        try {
            socket.setSoTimeout((int) time.toMillis());
            try {
                return in.read() == -2;
            } catch (SocketTimeoutException e) {
                return true;
            } finally {
                socket.setSoTimeout(PATIENCE_MILLIS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The socket itself, for options. */
    public Socket socket() {
        return socket;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

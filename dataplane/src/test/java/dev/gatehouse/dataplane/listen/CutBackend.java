package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.listen.CutPlan.Framing;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** The backend of the random test: does to each request what its plan says, and keeps what it was sent wrongly. */
final class CutBackend implements AutoCloseable {
    private final ServerSocket server;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger opened = new AtomicInteger();
    private final Queue<String> wrongs = new ConcurrentLinkedQueue<>();

    CutBackend() throws IOException {
        server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    int open() {
        return open.get();
    }

    int opened() {
        return opened.get();
    }

    Queue<String> wrongs() {
        return wrongs;
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                open.incrementAndGet();
                opened.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16_384);
            for (String head = CutWire.head(in); !head.isEmpty(); head = CutWire.head(in)) {
                if (!answer(socket, in, head)) {
                    return;
                }
            }
        } catch (CutWire.Wrong | RuntimeException e) {
            wrongs.add("backend: " + e);
        } catch (IOException e) {
            // The client was cut, so its request is.
        } finally {
            open.decrementAndGet();
        }
    }

    /** Whether the connection goes on. */
    private static boolean answer(Socket socket, InputStream in, String head) throws IOException {
        CutPlan plan = CutPlan.parse(head.split(" ", 3)[1]);
        int most = plan.reads() < 0 ? Integer.MAX_VALUE : plan.reads();
        int read = CutWire.body(in, head, plan.id(), most);
        if (plan.reads() < 0 && read != plan.up()) {
            throw new CutWire.Wrong(read + " octets of the body of " + plan);
        }
        byte[] response = response(plan);
        boolean cut = plan.cut() >= 0 && plan.cut() < response.length;
        socket.getOutputStream().write(response, 0, cut ? plan.cut() : response.length);
        if (cut && plan.reset()) {
            socket.setSoLinger(true, 0);
        }
        return !cut && plan.reads() < 0 && plan.framing() != Framing.UNTIL_CLOSE;
    }

    private static byte[] response(CutPlan plan) {
        String framing = switch (plan.framing()) {
            case LENGTH -> "Content-Length: " + plan.down() + "\r\n";
            case CHUNKED -> "Transfer-Encoding: chunked\r\n";
            case UNTIL_CLOSE, NONE -> "";
        };
        String head = (plan.interim() ? "HTTP/1.1 103 Early Hints\r\nx-id: " + plan.id() + "\r\n\r\n" : "")
                + (plan.framing() == Framing.NONE ? "HTTP/1.1 204 No Content\r\n" : "HTTP/1.1 200 OK\r\n")
                + "x-id: " + plan.id() + "\r\n" + framing + "\r\n";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        byte[] body = CutPlan.body(plan.id(), plan.down());
        if (plan.framing() == Framing.CHUNKED) {
            CutWire.chunks(out, body);
        } else {
            out.writeBytes(body);
        }
        return out.toByteArray();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

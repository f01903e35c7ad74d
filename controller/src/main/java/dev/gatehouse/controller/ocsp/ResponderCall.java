package dev.gatehouse.controller.ocsp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One request over HTTP/1.0, as small as it can be (RFC 6960, A.1): no redirect is followed, no name is looked up again, and neither
 * the time nor the size of an answer is the responder's to choose.
 */
final class ResponderCall {
    private static final int MAX_BYTES = 64 * 1024;

    private final Duration patience;

    /** @param patience for the whole of a call */
    ResponderCall(Duration patience) {
        this.patience = patience;
    }

    /**
     * Asks; blocks.
     *
     * @return the body of a 200
     * @throws OcspException if there is none
     */
    byte[] post(URI responder, InetSocketAddress address, byte[] request) throws OcspException {
        long end = System.nanoTime() + patience.toNanos();
        try (Socket socket = new Socket()) {
            socket.connect(address, left(end));
            String path = responder.getRawPath().isEmpty() ? "/" : responder.getRawPath();
            String query = responder.getRawQuery() == null ? "" : "?" + responder.getRawQuery();
            String head = "POST " + path + query + " HTTP/1.0\r\nHost: " + responder.getRawAuthority()
                    + "\r\nContent-Type: application/ocsp-request\r\nAccept: application/ocsp-response\r\nContent-Length: "
                    + request.length + "\r\n\r\n";
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
            whole.writeBytes(request);
            socket.setSoTimeout(left(end));
            socket.getOutputStream().write(whole.toByteArray());
            return body(read(socket, end));
        } catch (IOException e) {
            throw new OcspException(
                    "the responder at " + address.getAddress().getHostAddress() + ":" + address.getPort()
                            + " does not answer: " + e.getMessage(),
                    e);
        }
    }

    /** Milliseconds, never 0, which would be for ever. */
    private static int left(long end) throws IOException {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new IOException("it took too long");
        }
        return (int) millis;
    }

    private static byte[] read(Socket socket, long end) throws IOException, OcspException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        InputStream in = socket.getInputStream();
        while (true) {
            socket.setSoTimeout(left(end));
            int count = in.read(some);
            if (count < 0) {
                return all.toByteArray();
            }
            all.write(some, 0, count);
            if (all.size() > MAX_BYTES) {
                throw new OcspException("the responder's answer is longer than " + MAX_BYTES + " bytes");
            }
        }
    }

    private static byte[] body(byte[] answer) throws OcspException {
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0 || !text.startsWith("HTTP/1.")) {
            throw new OcspException("the responder does not speak HTTP");
        }
        String[] status = text.substring(0, text.indexOf("\r\n")).split(" ", 3);
        if (status.length < 2 || !status[1].equals("200")) {
            throw new OcspException("the responder's answer is not 200");
        }
        byte[] body = new byte[answer.length - headEnd - 4];
        System.arraycopy(answer, headEnd + 4, body, 0, body.length);
        return body;
    }
}

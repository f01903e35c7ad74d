package dev.gatehouse.dataplane.listen;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.flood.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A client for one request whose body it sends, and whose response it takes, piece by piece. Each octet is the character of
 * its number. Every wait ends after a minute.
 */
interface StreamingClient extends AutoCloseable {
    /** What is spoken with the data plane, whose listeners are {@code http} (also h2c) and {@code https}. */
    enum Way {
        HTTP1,
        HTTP1_TLS,
        H2C,
        H2;

        StreamingClient open(ProxyFixture proxy) {
            try {
                return switch (this) {
                    case HTTP1 -> new OverHttp1(proxy.client());
                    case HTTP1_TLS ->
                        new OverHttp1(RawClient.over(TlsSockets.connect(proxy.port("https"), "http/1.1")));
                    case H2C -> new OverHttp2(FramePeer.client(proxy.port()));
                    case H2 -> new OverHttp2(FramePeer.tlsClient(proxy.port("https")));
                };
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A data plane that takes all ways. */
    static ProxyFixture proxy() {
        return new ProxyFixture(List.of(
                        new ListenerBind("http", "127.0.0.1", 0, false),
                        new ListenerBind("https", "127.0.0.1", 0, true)))
                .listener(settings -> settings.setHttp2Cleartext(true));
    }

    /** Sends a head; fields are {@code name: value}. A POST has a body, which {@link #send} and {@link #finish} bring. */
    StreamingClient request(String method, String path, String... fields);

    /** Sends a part of the body. */
    StreamingClient send(String octets);

    /** Ends the body. */
    StreamingClient finish();

    /** Waits for the response's head: a status line or {@code :status}, then fields in lower case. */
    List<String> head();

    default int status() {
        String first = head().getFirst();
        return Integer.parseInt(first.replaceFirst("^(HTTP/1.1|:status:) ", "").substring(0, 3));
    }

    /** The first value of a field of the response's head; empty if absent. */
    default String field(String name) {
        return head().stream()
                .filter(line -> line.startsWith(name + ": "))
                .findFirst()
                .map(line -> line.substring(name.length() + 2))
                .orElse("");
    }

    /** Waits for so many octets of the response's body. */
    String read(int octets);

    /** The rest of the response's body, and whether it came to its proper end. */
    End readToEnd();

    record End(String rest, boolean complete, List<String> trailers) {}

    /** Goes away. */
    @Override
    void close();

    /** By HTTP/1.1. */
    final class OverHttp1 implements StreamingClient {
        private final RawClient client;
        private List<String> head = List.of();
        private boolean chunked;
        private long left;
        private boolean ended;
        private List<String> trailers = List.of();

        OverHttp1(RawClient client) {
            this.client = client;
        }

        @Override
        public StreamingClient request(String method, String path, String... fields) {
            StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: good.example\r\n");
            for (String field : fields) {
                text.append(field).append("\r\n");
            }
            if (method.equals("POST")) {
                text.append("Transfer-Encoding: chunked\r\n");
            }
            client.send(text.append("\r\n").toString());
            return this;
        }

        @Override
        public StreamingClient send(String octets) {
            if (!octets.isEmpty()) {
                client.send(Integer.toHexString(octets.length()) + "\r\n" + octets + "\r\n");
            }
            return this;
        }

        @Override
        public StreamingClient finish() {
            client.send("0\r\n\r\n");
            return this;
        }

        @Override
        public List<String> head() {
            if (head.isEmpty()) {
                List<String> lines = new ArrayList<>();
                for (String line : client.readHead().split("\r\n")) {
                    int colon = line.indexOf(':');
                    lines.add(
                            colon < 0
                                    ? line
                                    : line.substring(0, colon).toLowerCase(java.util.Locale.ROOT)
                                            + line.substring(colon));
                }
                head = List.copyOf(lines);
                chunked = field("transfer-encoding").equals("chunked");
                String length = field("content-length");
                left = length.isEmpty() ? 0 : Long.parseLong(length);
                ended = !chunked && left == 0;
            }
            return head;
        }

        /** Finds out how much comes next; false at the end of the body. */
        private boolean more() {
            head();
            if (left == 0 && !ended && chunked) {
                left = Long.parseLong(line(), 16);
                if (left == 0) {
                    List<String> lines = new ArrayList<>();
                    for (String line = line(); !line.isEmpty(); line = line()) {
                        lines.add(line);
                    }
                    trailers = List.copyOf(lines);
                    ended = true;
                }
            }
            return left > 0;
        }

        private String line() {
            StringBuilder line = new StringBuilder();
            while (line.length() < 2 || line.charAt(line.length() - 1) != '\n') {
                line.append(client.readExactly(1));
            }
            return line.substring(0, line.length() - 2);
        }

        @Override
        public String read(int octets) {
            StringBuilder body = new StringBuilder();
            while (body.length() < octets) {
                if (!more()) {
                    throw new AssertionError("the response ends after " + body);
                }
                body.append(piece(octets - body.length()));
            }
            return body.toString();
        }

        private String piece(int most) {
            String piece = client.readExactly((int) Math.min(left, most));
            left -= piece.length();
            if (left == 0) {
                if (chunked) {
                    client.readExactly(2);
                } else {
                    ended = true;
                }
            }
            return piece;
        }

        @Override
        public End readToEnd() {
            StringBuilder rest = new StringBuilder();
            try {
                while (more()) {
                    rest.append(piece(Integer.MAX_VALUE));
                }
            } catch (UncheckedIOException e) {
                if (e.getCause() instanceof EOFException || e.getCause() instanceof java.net.SocketException) {
                    return new End(rest.toString(), false, trailers);
                }
                throw e;
            }
            return new End(rest.toString(), ended, trailers);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** By HTTP/2, on the first stream of a connection; room is given back at once. */
    final class OverHttp2 implements StreamingClient {
        private static final int STREAM = 1;

        private final FramePeer peer;
        private int taken;

        OverHttp2(FramePeer peer) {
            this.peer = peer.widening();
        }

        @Override
        public StreamingClient request(String method, String path, String... fields) {
            if (method.equals("POST")) {
                peer.post(STREAM, path, fields);
            } else {
                peer.get(STREAM, path, fields);
            }
            return this;
        }

        @Override
        public StreamingClient send(String octets) {
            for (int from = 0; from < octets.length(); from += 16_384) {
                peer.data(STREAM, false, octets.substring(from, Math.min(octets.length(), from + 16_384)));
            }
            return this;
        }

        @Override
        public StreamingClient finish() {
            peer.data(STREAM, true, "");
            return this;
        }

        @Override
        public List<String> head() {
            return peer.await(Frame.HEADERS, STREAM).fields();
        }

        @Override
        public String read(int octets) {
            peer.awaitData(STREAM, taken + octets);
            String piece = Message.of(peer.frames(), STREAM).body().substring(taken, taken + octets);
            taken += octets;
            return piece;
        }

        @Override
        public End readToEnd() {
            Message message = peer.message(STREAM);
            String rest = message.body().substring(taken);
            taken = message.body().length();
            return new End(
                    rest,
                    message.ended(),
                    message.heads().size() > 1 ? message.heads().getLast() : List.of());
        }

        /** The stream is given up, the connection stays. */
        @Override
        public void close() {
            peer.reset(STREAM, Frame.CANCEL).settle().close();
        }
    }
}

package dev.gatehouse.bench;

import dev.gatehouse.testkit.flood.Frame;
import dev.gatehouse.testkit.flood.Http2Flood;
import dev.gatehouse.testkit.flood.SlowFlood;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that want nothing but to make work, as a process of their own: several at once, who send as fast as they can and come back
 * whenever they are thrown out. Reads lines {@code PORT FLOOD}, and an empty line for the end of that flood; says {@code ready} when
 * the attack runs, and how often it was thrown out when it is over.
 */
public final class Attackers {

    /** Every flood of HTTP/2 in turn, each client with another. */
    static final String TOGETHER = "all of HTTP/2 in turn";

    static final String HANDSHAKES = "1,000 new TLS connections a second";
    static final String SLOW_HEADS = "500 slow heads";
    static final String SLOW_BODIES = "200 slow bodies";
    static final String SLOW_READERS = "100 slow readers";

    private static final int HANDSHAKES_PER_SECOND = 1_000;
    private static final int CLIENTS = 4;
    private static final int ROUNDS = 20_000;
    private static final int PIECE_BYTES = 16 * 1024;
    private static final int MOST_BYTES = 4 * 1024 * 1024;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SETTINGS = Frame.octets(Frame.SETTINGS, 0, 0, new byte[0]);

    private Attackers() {}

    /** All kinds, by name, but for the storm of handshakes, which want something. */
    static List<String> floods() {
        List<String> kinds = new ArrayList<>(List.of(SLOW_HEADS, SLOW_BODIES, SLOW_READERS));
        Http2Flood.all().map(Http2Flood::name).forEach(kinds::add);
        kinds.add(TOGETHER);
        return kinds;
    }

    /** Argument: the name that the proxy knows the backend's requests by. */
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int port = Integer.parseInt(line.substring(0, line.indexOf(' ')));
            String kind = line.substring(line.indexOf(' ') + 1);
            String host = "Host: " + args[0] + "\r\n";
            switch (kind) {
                case HANDSHAKES -> handshakes(in, port, args[0]);
                case SLOW_HEADS ->
                    slow(in, new SlowFlood(port, 500, "GET / HTTP/1.1\r\n" + host + "X: ", Attackers::oneOctet));
                case SLOW_BODIES ->
                    slow(
                            in,
                            new SlowFlood(
                                    port,
                                    200,
                                    "POST / HTTP/1.1\r\n" + host + "Content-Length: 100000\r\n\r\n",
                                    Attackers::oneOctet));
                case SLOW_READERS ->
                    slow(in, new SlowFlood(port, 100, "GET /1m HTTP/1.1\r\n" + host + "\r\n", Attackers::readOne));
                default -> fast(in, port, args[0], kind);
            }
        }
    }

    private static void handshakes(BufferedReader commands, int port, String host) throws Exception {
        try (HandshakeClient client = new HandshakeClient(port, host, false)) {
            long start;
            HandshakeClient.Counts counts;
            try (AutoCloseable _ = client.storm(HANDSHAKES_PER_SECOND)) {
                start = System.nanoTime();
                say("ready");
                end(commands);
                counts = client.counts();
            }
            if (counts.failed() > 0) {
                throw new IllegalStateException("connections fail: " + counts);
            }
            say("%.0f a second".formatted(counts.answered() * 1e9 / (System.nanoTime() - start)));
        }
    }

    private static void oneOctet(Socket socket) throws IOException {
        socket.getOutputStream().write('x');
    }

    private static void readOne(Socket socket) throws IOException {
        if (socket.getInputStream().available() > 0 && socket.getInputStream().read() < 0) {
            throw new IOException("closed");
        }
    }

    private static void slow(BufferedReader commands, SlowFlood flood) throws IOException {
        try (flood) {
            int begun = flood.active();
            say("ready");
            end(commands);
            say(begun - flood.active() + " thrown out");
        }
    }

    private static void fast(BufferedReader commands, int port, String host, String kind) throws Exception {
        List<List<byte[]>> floods = Http2Flood.all(host)
                .filter(flood -> kind.equals(TOGETHER) || flood.name().equals(kind))
                .map(Attackers::pieces)
                .toList();
        boolean[] over = new boolean[1];
        AtomicInteger turns = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofPlatform().start(() -> {
                while (!isOver(over)) {
                    attack(port, floods.get(turns.getAndIncrement() % floods.size()), over);
                }
            }));
        }
        say("ready");
        end(commands);
        synchronized (over) {
            over[0] = true;
        }
        for (Thread client : clients) {
            client.join();
        }
        say(turns.get() - CLIENTS + " thrown out");
    }

    private static boolean isOver(boolean[] over) {
        synchronized (over) {
            return over[0];
        }
    }

    /** Sends one flood until the proxy or the flood is at its end. What comes is read and forgotten. */
    private static void attack(int port, List<byte[]> pieces, boolean[] over) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            InputStream answers = socket.getInputStream();
            Thread reading = Thread.ofPlatform().daemon().start(() -> discard(answers));
            OutputStream out = socket.getOutputStream();
            for (byte[] piece : pieces) {
                if (isOver(over)) {
                    break;
                }
                out.write(piece);
            }
            socket.shutdownOutput();
            reading.join(1_000);
        } catch (IOException e) {
            // Thrown out: that is how floods end.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void discard(InputStream in) {
        byte[] block = new byte[16 * 1024];
        try {
            while (in.read(block) >= 0) {
                // Nobody wants it.
            }
        } catch (IOException e) {
            // Thrown out.
        }
    }

    /** The octets of a flood from the preface on, made before it begins: whoever floods has prepared that. */
    private static List<byte[]> pieces(Http2Flood flood) {
        List<byte[]> pieces = new ArrayList<>();
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        piece.writeBytes(PREFACE);
        piece.writeBytes(SETTINGS);
        int bytes = 0;
        for (int i = 0; i < ROUNDS && bytes < MOST_BYTES; i++) {
            byte[] round = flood.round().apply(i);
            bytes += round.length;
            piece.writeBytes(round);
            if (piece.size() >= PIECE_BYTES) {
                pieces.add(piece.toByteArray());
                piece.reset();
            }
        }
        pieces.add(piece.toByteArray());
        return pieces;
    }

    private static void say(String what) {
        System.out.println(what);
        System.out.flush();
    }

    private static void end(BufferedReader commands) throws IOException {
        String line = commands.readLine();
        if (line != null && !line.isEmpty()) {
            throw new IOException("told '" + line + "' before the end of a flood");
        }
    }
}

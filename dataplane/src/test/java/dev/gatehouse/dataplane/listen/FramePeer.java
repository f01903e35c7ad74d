package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.ACK;
import static dev.gatehouse.testkit.flood.Frame.CONTINUATION;
import static dev.gatehouse.testkit.flood.Frame.DATA;
import static dev.gatehouse.testkit.flood.Frame.END_HEADERS;
import static dev.gatehouse.testkit.flood.Frame.END_STREAM;
import static dev.gatehouse.testkit.flood.Frame.GOAWAY;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.PING;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;
import static dev.gatehouse.testkit.flood.Frame.SETTINGS;
import static dev.gatehouse.testkit.flood.Frame.WINDOW_UPDATE;
import static dev.gatehouse.testkit.flood.Frame.block;
import static dev.gatehouse.testkit.flood.Frame.int32;
import static dev.gatehouse.testkit.flood.Frame.octets;

import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * One end of an HTTP/2 connection that sends exactly the frames it is told, allowed or not, and writes down what comes. It
 * acknowledges SETTINGS and PING and gives back no window unless told otherwise. Every wait ends after a minute.
 */
final class FramePeer implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final DataInputStream in;
    private final FrameLog log = new FrameLog();
    private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private boolean holding;
    private boolean answering = true;
    private boolean widening;

    private FramePeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        this.in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 65_536));
    }

    /** A client that has said who it is: preface and SETTINGS, pairs of id and value. */
    static FramePeer client(int port, int... settings) {
        return silentClient(port).begin(settings);
    }

    /** As {@link #client}, over TLS with ALPN. */
    static FramePeer tlsClient(int port, int... settings) {
        try {
            return new FramePeer(TlsSockets.connect(port, "h2")).begin(settings).listening();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #client}, over a socket that is connected already. */
    static FramePeer over(Socket socket) {
        try {
            return new FramePeer(socket).begin().listening();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client that has sent nothing yet. */
    static FramePeer silentClient(int port) {
        try {
            return new FramePeer(new Socket(InetAddress.getLoopbackAddress(), port)).listening();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server: reads the preface and sends its SETTINGS. */
    static FramePeer server(RecordingBackend.Conversation conversation, int... settings) throws IOException {
        FramePeer peer = new FramePeer(conversation.socket());
        byte[] preface = peer.in.readNBytes(PREFACE.length);
        if (!new String(preface, StandardCharsets.US_ASCII).equals(new String(PREFACE, StandardCharsets.US_ASCII))) {
            throw new IOException("no preface but " + new String(preface, StandardCharsets.US_ASCII));
        }
        return peer.settings(settings).listening();
    }

    private FramePeer begin(int... settings) {
        return hold().raw(PREFACE).settings(settings).release();
    }

    private FramePeer listening() {
        Thread.ofVirtual().start(this::listen);
        return this;
    }

    /** Does not acknowledge anything by itself from now on. */
    FramePeer silent() {
        answering = false;
        return this;
    }

    /** Gives back the room of all data at once from now on. */
    FramePeer widening() {
        widening = true;
        return this;
    }

    // ---- Sending

    /** Keeps what is sent from now on, until {@link #release}: it then leaves in one piece. */
    FramePeer hold() {
        synchronized (held) {
            holding = true;
        }
        return this;
    }

    FramePeer release() {
        synchronized (held) {
            holding = false;
            byte[] all = held.toByteArray();
            held.reset();
            return raw(all);
        }
    }

    FramePeer raw(byte[] bytes) {
        try {
            synchronized (held) {
                if (holding) {
                    held.write(bytes);
                } else {
                    socket.getOutputStream().write(bytes);
                    socket.getOutputStream().flush();
                }
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    FramePeer frame(int type, int flags, int streamId, byte... payload) {
        return raw(octets(type, flags, streamId, payload));
    }

    FramePeer settings(int... pairs) {
        ByteBuffer payload = ByteBuffer.allocate(pairs.length * 3);
        for (int i = 0; i < pairs.length; i += 2) {
            payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
        }
        return frame(SETTINGS, 0, 0, payload.array());
    }

    /** A whole header block in one frame. Fields are {@code name: value}; nothing about them is checked. */
    FramePeer headers(int streamId, boolean endStream, String... fields) {
        return frame(HEADERS, END_HEADERS | (endStream ? END_STREAM : 0), streamId, block(List.of(fields)));
    }

    FramePeer get(int streamId, String path, String... more) {
        List<String> fields =
                new ArrayList<>(List.of(":method: GET", ":scheme: http", ":path: " + path, ":authority: good.example"));
        fields.addAll(List.of(more));
        return headers(streamId, true, fields.toArray(String[]::new));
    }

    /** The head of a request that has a body. */
    FramePeer post(int streamId, String path, String... more) {
        List<String> fields = new ArrayList<>(
                List.of(":method: POST", ":scheme: http", ":path: " + path, ":authority: good.example"));
        fields.addAll(List.of(more));
        return headers(streamId, false, fields.toArray(String[]::new));
    }

    FramePeer data(int streamId, boolean endStream, String octets) {
        return data(streamId, endStream, octets.getBytes(StandardCharsets.ISO_8859_1));
    }

    FramePeer data(int streamId, boolean endStream, byte[] octets) {
        return frame(DATA, endStream ? END_STREAM : 0, streamId, octets);
    }

    FramePeer reset(int streamId, int code) {
        return frame(RST_STREAM, 0, streamId, int32(code));
    }

    FramePeer window(int streamId, int increment) {
        return frame(WINDOW_UPDATE, 0, streamId, int32(increment));
    }

    FramePeer goAway(int lastStreamId, int code) {
        return frame(GOAWAY, 0, 0, int32(lastStreamId, code));
    }

    FramePeer ping(long payload) {
        return frame(PING, 0, 0, ByteBuffer.allocate(8).putLong(payload).array());
    }

    // ---- Receiving

    private void listen() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        int headFlags = 0;
        try {
            while (true) {
                int lengthAndType = in.readInt();
                int type = lengthAndType & 255;
                int flags = in.readUnsignedByte();
                int streamId = in.readInt();
                byte[] payload = in.readNBytes(lengthAndType >>> 8);
                List<String> fields = List.of();
                if (type == HEADERS || type == CONTINUATION) {
                    headFlags = type == HEADERS ? flags : headFlags;
                    block.writeBytes(payload);
                    if ((flags & END_HEADERS) == 0) {
                        continue;
                    }
                    fields = fields(block.toByteArray());
                    block.reset();
                    type = HEADERS;
                    flags = headFlags;
                }
                arrived(new Frame(type, flags, streamId, new String(payload, StandardCharsets.ISO_8859_1), fields));
            }
        } catch (EOFException | java.net.SocketException e) {
            log.close();
        } catch (IOException | Http2Exception | RuntimeException e) {
            log.close();
            throw new IllegalStateException(e);
        }
    }

    private List<String> fields(byte[] block) throws Http2Exception {
        List<String> fields = new ArrayList<>();
        hpack.decodeHeaders(1, Unpooled.wrappedBuffer(block))
                .forEach(field -> fields.add(field.getKey() + ": " + field.getValue()));
        return fields;
    }

    private void arrived(Frame frame) {
        log.add(frame);
        try {
            if (answering && (frame.type() == SETTINGS || frame.type() == PING) && (frame.flags() & ACK) == 0) {
                frame(frame.type(), ACK, 0, frame.type() == PING ? frame.octets() : new byte[0]);
            }
            if (widening && frame.type() == DATA && frame.payload().length() > 0) {
                window(0, frame.payload().length());
                window(frame.streamId(), frame.payload().length());
            }
        } catch (UncheckedIOException e) {
            // It has closed: the next read says so.
        }
    }

    List<Frame> frames() {
        return log.all();
    }

    /** Waits for a frame; the first that fits. */
    Frame await(String what, Predicate<Frame> wanted) {
        return log.await(what, wanted);
    }

    /** Waits for a frame of a type on a stream; the first that came. */
    Frame await(int type, int streamId) {
        return await("a frame of type " + type + " on " + streamId, frame -> frame.is(type, streamId));
    }

    /** Waits until so many octets of data have come on a stream. */
    void awaitData(int streamId, long octets) {
        log.until(octets + " octets of stream " + streamId, false, all -> dataOctets(all, streamId) >= octets);
    }

    long dataOctets(int streamId) {
        return dataOctets(frames(), streamId);
    }

    private static long dataOctets(List<Frame> all, int streamId) {
        return all.stream()
                .filter(frame -> frame.is(DATA, streamId))
                .mapToLong(frame -> frame.payload().length())
                .sum();
    }

    /** Waits until a stream has ended, in whatever way, and tells what came on it. */
    Message message(int streamId) {
        Predicate<Frame> last =
                frame -> frame.streamId() == streamId && (frame.endsStream() || frame.type() == RST_STREAM);
        List<Frame> all = log.until(
                "the end of stream " + streamId, true, so -> so.stream().anyMatch(last));
        return Message.of(all, streamId);
    }

    /** Waits until the other side has answered a PING: what it had to say to what was sent before has come then. */
    FramePeer settle() {
        long mark = System.nanoTime();
        ping(mark);
        String payload = new String(ByteBuffer.allocate(8).putLong(mark).array(), StandardCharsets.ISO_8859_1);
        await(
                "the answer to a ping",
                frame -> frame.type() == PING && frame.payload().equals(payload));
        return this;
    }

    /** Waits until the other side has closed the connection. Returns the code of its last GOAWAY, -1 if there was none. */
    int awaitClose() {
        List<Frame> all = log.until("the end of the connection", true, so -> false);
        return all.stream()
                .filter(frame -> frame.type() == GOAWAY)
                .reduce((first, second) -> second)
                .map(frame -> frame.number(4))
                .orElse(-1);
    }

    /** Whether the other side has ended the connection with this code, as far as anything was read before it was gone. */
    boolean closedWith(int code) {
        List<Frame> all = log.until("the end of the connection", true, so -> false);
        return all.stream().anyMatch(frame -> frame.type() == GOAWAY && frame.number(4) == code);
    }

    /** The values of the settings that came, by id. */
    Map<Integer, Integer> awaitSettings() {
        Frame frame = await("settings", each -> each.type() == SETTINGS && (each.flags() & ACK) == 0);
        Map<Integer, Integer> settings = new TreeMap<>();
        ByteBuffer pairs = ByteBuffer.wrap(frame.octets());
        while (pairs.hasRemaining()) {
            settings.put((int) pairs.getShort(), pairs.getInt());
        }
        return settings;
    }

    /** Leaves with a reset. */
    void abort() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

package dev.gatehouse.dataplane.listen;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** A client of the random test: connections with a few requests each, some of them cut anywhere. For one thread. */
final class CutClient {
    /**
     * What came of the requests of all clients together.
     *
     * @param begun requests of which something may have been sent
     * @param answered with the whole response
     * @param refused with an answer of Gatehouse's own
     * @param cutShort connections that ended within a response or before it
     * @param left connections that the client left in the middle
     * @param wrongs what must never be
     */
    record Tally(
            LongAdder begun,
            LongAdder answered,
            LongAdder refused,
            LongAdder cutShort,
            LongAdder left,
            Queue<String> wrongs) {}

    private final int port;
    private final SplittableRandom random;
    private final AtomicInteger ids;
    private final Tally tally;

    CutClient(int port, SplittableRandom random, AtomicInteger ids, Tally tally) {
        this.port = port;
        this.random = random;
        this.ids = ids;
        this.tally = tally;
    }

    /** The client leaves here. */
    private static final class Left extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Leaves behind a number of octets; never if it is negative. */
    private static final class Reader extends FilterInputStream {
        private int rest;

        Reader(InputStream in, int rest) {
            super(in);
            this.rest = rest;
        }

        @Override
        public int read() throws IOException {
            if (rest == 0) {
                throw new Left();
            }
            rest--;
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            if (rest == 0) {
                throw new Left();
            }
            int read = super.read(bytes, from, rest < 0 ? length : Math.min(rest, length));
            rest -= Math.max(0, read);
            return read;
        }
    }

    /** Sends in pieces, and leaves behind a number of octets. */
    private static final class Sender {
        private final Socket socket;
        private final SplittableRandom random;
        private final boolean reset;
        private int rest;
        private volatile boolean left;

        Sender(Socket socket, int rest, boolean reset, SplittableRandom random) {
            this.socket = socket;
            this.rest = rest;
            this.reset = reset;
            this.random = random;
        }

        Thread start(byte[] bytes) {
            return Thread.ofVirtual().start(() -> {
                try {
                    send(bytes);
                } catch (IOException e) {
                    // The proxy does not want the rest, or the client has left; the reading side finds out which.
                }
            });
        }

        private void send(byte[] bytes) throws IOException {
            int at = 0;
            while (at < bytes.length) {
                int size = random.nextInt(3) == 0 ? bytes.length : 1 + random.nextInt(2000);
                int length = Math.min(size, bytes.length - at);
                boolean last = rest >= 0 && length >= rest;
                socket.getOutputStream().write(bytes, at, last ? rest : length);
                if (last) {
                    left = true;
                    leave(socket, reset);
                    return;
                }
                at += length;
                rest -= rest < 0 ? 0 : length;
            }
        }
    }

    private static void leave(Socket socket, boolean reset) throws IOException {
        if (reset) {
            socket.setSoLinger(true, 0);
        }
        socket.close();
    }

    /** One connection, from its beginning to its end. */
    void connection() throws InterruptedException {
        List<CutPlan> plans = new ArrayList<>();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int n = 1 + random.nextInt(5); n > 0; n--) {
            CutPlan plan = CutPlan.random(random, ids.incrementAndGet());
            plans.add(plan);
            all.writeBytes(request(plan));
        }
        boolean pipelined = random.nextInt(4) == 0;
        boolean reset = random.nextBoolean();
        int sends = random.nextInt(6) == 0 ? random.nextInt(all.size()) : -1;
        int reads = random.nextInt(6) == 0 ? random.nextInt(1 + random.nextInt(100_000)) : -1;
        CutPlan current = plans.getFirst();
        boolean left = false;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            Sender sender = new Sender(socket, sends, reset, random.split());
            Reader in = new Reader(new BufferedInputStream(socket.getInputStream(), 16_384), reads);
            if (pipelined) {
                tally.begun.add(plans.size());
                sender.start(all.toByteArray());
            }
            try {
                for (CutPlan plan : plans) {
                    current = plan;
                    Thread sending = Thread.currentThread();
                    if (!pipelined) {
                        tally.begun.increment();
                        sending = sender.start(request(plan));
                    }
                    if (!response(in, plan)) {
                        break;
                    }
                    if (!pipelined) {
                        sending.join();
                    }
                }
            } finally {
                left = sender.left;
                leave(socket, reset);
            }
        } catch (Left e) {
            tally.left.increment();
        } catch (CutWire.Wrong | RuntimeException e) {
            tally.wrongs.add("client: " + e + ": " + current);
        } catch (IOException e) {
            if (left) {
                tally.left.increment();
            } else if (current.whole()) {
                tally.wrongs.add("client: " + e + ", though nothing was to go wrong: " + current);
            } else {
                tally.cutShort.increment();
            }
        }
    }

    /** Reads one response; whether another may follow. */
    private boolean response(InputStream in, CutPlan plan) throws IOException {
        String head = CutWire.head(in);
        while (head.startsWith("HTTP/1.1 103 ")) {
            own(head, plan);
            head = CutWire.head(in);
        }
        if (head.isEmpty()) {
            throw new EOFException("before a response");
        }
        boolean open = !CutWire.field(head, "connection").equals("close");
        String reason = CutWire.field(head, "gatehouse-reason");
        if (!reason.isEmpty()) {
            if (!reason.equals("backend-closed") || !plan.mayBeRefused()) {
                throw new CutWire.Wrong("answered with " + reason);
            }
            in.readNBytes(Integer.parseInt(CutWire.field(head, "content-length")));
            tally.refused.increment();
            return open;
        }
        own(head, plan);
        int read = CutWire.body(in, head, plan.id(), Integer.MAX_VALUE);
        if (read != plan.down() && !plan.mayLookWhole()) {
            throw new CutWire.Wrong(read + " octets, taken for the whole response");
        }
        tally.answered.increment();
        return open;
    }

    private static void own(String head, CutPlan plan) throws CutWire.Wrong {
        if (!CutWire.field(head, "x-id").equals(String.valueOf(plan.id()))) {
            throw new CutWire.Wrong("the response of another: " + head);
        }
    }

    private static byte[] request(CutPlan plan) {
        String framing = plan.up() == 0
                ? ""
                : plan.chunkedUp() ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + plan.up() + "\r\n";
        String head =
                (plan.up() == 0 ? "GET " : "POST ") + plan.target() + " HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        byte[] body = CutPlan.body(plan.id(), plan.up());
        if (plan.chunkedUp()) {
            CutWire.chunks(out, body);
        } else {
            out.writeBytes(body);
        }
        return out.toByteArray();
    }
}

package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.CANCEL;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * As {@link CutClient}, over HTTP/2: a few streams at once on a connection, some of them cancelled anywhere, some connections
 * left anywhere. For one thread.
 */
final class CutHttp2Client {
    /** So that all streams of a connection fit into its window: who waits here for room is not what is tested. */
    private static final int MOST_UP = 60_000;

    private static final int MOST_FRAME = 16_384;

    private final int port;
    private final SplittableRandom random;
    private final AtomicInteger ids;
    private final CutClient.Tally tally;

    CutHttp2Client(int port, SplittableRandom random, AtomicInteger ids, CutClient.Tally tally) {
        this.port = port;
        this.random = random;
        this.ids = ids;
        this.tally = tally;
    }

    /** A stream and what is to become of it. */
    private record Sent(int streamId, CutPlan plan, boolean cancelled) {}

    private CutPlan plan() {
        CutPlan plan = CutPlan.random(random, ids.incrementAndGet());
        return new CutPlan(
                plan.id(),
                Math.min(plan.up(), MOST_UP),
                plan.down(),
                plan.framing(),
                plan.interim(),
                Math.min(plan.reads(), MOST_UP),
                plan.cut(),
                plan.reset(),
                plan.chunkedUp());
    }

    /** One connection, from its beginning to its end. */
    void connection() {
        int leavesBehind = random.nextInt(6) == 0 ? random.nextInt(6) : -1;
        List<Sent> sent = new ArrayList<>();
        try (FramePeer peer = FramePeer.client(port).widening()) {
            try {
                for (int streamId = 1, n = 1 + random.nextInt(6); n > 0; n--, streamId += 2) {
                    if (leavesBehind-- == 0) {
                        leave(peer, sent);
                        return;
                    }
                    CutPlan plan = plan();
                    boolean cancelled = random.nextInt(6) == 0;
                    tally.begun().increment();
                    sent.add(new Sent(streamId, plan, cancelled));
                    send(peer, streamId, plan, cancelled);
                    if (random.nextBoolean()) {
                        judge(peer, sent);
                    }
                }
                if (leavesBehind >= 0) {
                    leave(peer, sent);
                    return;
                }
            } catch (UncheckedIOException e) {
                tally.wrongs().add("client: the connection broke: " + e + ": " + sent);
                return;
            }
            judge(peer, sent);
        } catch (CutWire.Wrong | RuntimeException | AssertionError e) {
            tally.wrongs().add("client: " + e + ": " + sent);
        }
    }

    private void leave(FramePeer peer, List<Sent> sent) {
        tally.left().add(Math.max(1, sent.size()));
        if (random.nextBoolean()) {
            peer.abort();
        }
    }

    private void send(FramePeer peer, int streamId, CutPlan plan, boolean cancelled) {
        byte[] body = CutPlan.body(plan.id(), plan.up());
        int cut = cancelled ? random.nextInt(body.length + 1) : body.length;
        if (body.length == 0) {
            peer.get(streamId, plan.target());
        } else if (plan.chunkedUp()) {
            peer.post(streamId, plan.target());
        } else {
            peer.post(streamId, plan.target(), "content-length: " + body.length);
        }
        for (int at = 0; at < cut; ) {
            int length = Math.min(1 + random.nextInt(MOST_FRAME), cut - at);
            peer.data(streamId, at + length == body.length, Arrays.copyOfRange(body, at, at + length));
            at += length;
        }
        if (cancelled) {
            peer.reset(streamId, CANCEL);
        }
    }

    /** Waits for what comes on the streams, and sees that it is their own. */
    private void judge(FramePeer peer, List<Sent> sent) throws CutWire.Wrong {
        for (Sent each : sent) {
            if (each.cancelled()) {
                tally.left().increment();
            } else {
                judge(peer.message(each.streamId()), each.plan());
            }
        }
        sent.clear();
    }

    private void judge(Message message, CutPlan plan) throws CutWire.Wrong {
        for (List<String> head : message.heads()) {
            if (head.stream().noneMatch(("x-id: " + plan.id())::equals)
                    && head.stream().noneMatch(line -> line.startsWith("gatehouse-reason: "))) {
                throw new CutWire.Wrong("the response of another: " + head + " for " + plan);
            }
        }
        String reason = message.first("gatehouse-reason");
        if (!reason.isEmpty()) {
            if (!reason.equals("backend-closed") || !plan.mayBeRefused()) {
                throw new CutWire.Wrong("answered with " + reason + ": " + plan);
            }
            tally.refused().increment();
            return;
        }
        byte[] body = message.body().getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < body.length; i++) {
            if (body[i] != CutPlan.octet(plan.id(), i)) {
                throw new CutWire.Wrong("octet " + i + " is not its own: " + plan);
            }
        }
        if (message.ended()) {
            if (body.length != plan.down() && !plan.mayLookWhole()) {
                throw new CutWire.Wrong(body.length + " octets, taken for the whole response: " + plan);
            }
            tally.answered().increment();
        } else if (plan.whole() || message.reset() < 0) {
            throw new CutWire.Wrong("cut short with " + message.reset() + ", though nothing was to go wrong: " + plan);
        } else {
            tally.cutShort().increment();
        }
    }
}

package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;

/**
 * A copy of a request on its way to another backend. The exchange that it is a copy of never waits for it: what the backend does
 * not take is kept up to a bound, and beyond that the copy is given up. Its answer is read and dropped. Event loop only.
 */
final class Mirror extends Unobserved implements Downstream, Timed {
    /** Of a body, while the backend does not take it. */
    private static final int MAX_KEPT = 65_536;

    private final Worker worker;
    private final ProxiedAddresses addresses;
    private final Exchange copy;
    private boolean taken = true;
    private boolean whole;
    private boolean over;
    private long kept;
    private String givenUp = "";
    private int slot = -1;

    Mirror(Worker worker, ProxiedAddresses addresses, String listener, ListenerSettings settings) {
        this.worker = worker;
        this.addresses = addresses;
        this.copy = new Exchange(worker, this, this, listener, settings);
        worker.ticker().add(this);
    }

    /** To be begun once. */
    Exchange copy() {
        return copy;
    }

    /** A part of the body, which stands in a buffer of the caller's. */
    void data(ByteBuf in, int from, int length) {
        if (!taken) {
            kept += length;
            if (kept > MAX_KEPT) {
                giveUp("mirror-overflow");
            }
        }
        copy.requestData(in, from, length);
    }

    void end(FieldSection trailers) {
        whole = true;
        copy.requestEnd(trailers);
    }

    /** The exchange that this is a copy of is over. */
    void leave(boolean requestSent) {
        if (!whole && !requestSent) {
            giveUp("mirror-cut");
        }
    }

    private void giveUp(String reason) {
        if (copy.active()) {
            givenUp = reason;
            copy.clientGone();
            close();
        }
    }

    private void close() {
        if (!over) {
            over = true;
            worker.ticker().remove(this);
            worker.mirrorEnded();
        }
    }

    @Override
    public void done(
            String listener,
            String ruleId,
            int status,
            String reason,
            long durationNanos,
            long bytesIn,
            long bytesOut) {
        String outcome = givenUp.isEmpty() ? reason.isEmpty() ? "answered" : reason : givenUp;
        worker.observer().mirrored(outcome);
    }

    // ---- What would go to a client

    @Override
    public ProxiedAddresses addresses() {
        return addresses;
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {}

    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        throw new IllegalStateException("no copy asks for a WebSocket");
    }

    @Override
    public boolean extendedConnect() {
        return false;
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {}

    @Override
    public void responseEnd(FieldSection trailers) {
        close();
    }

    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        return 0;
    }

    @Override
    public void abort(Reason reason) {
        close();
    }

    @Override
    public void readRequestBody(boolean wanted) {
        taken = wanted;
        if (wanted) {
            kept = 0;
        }
    }

    @Override
    public boolean isWritable() {
        return true;
    }

    // ---- Time

    @Override
    public void tick(long nowMillis) {
        copy.tick(nowMillis);
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int newSlot) {
        slot = newSlot;
    }
}

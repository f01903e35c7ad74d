package dev.gatehouse.controller.publish;

import java.util.concurrent.atomic.LongAdder;

/** Counts what goes over all streams since the start. Thread-safe. */
public final class PushCounters {

    private final LongAdder streams = new LongAdder();
    private final LongAdder enrolments = new LongAdder();
    private final LongAdder renewals = new LongAdder();
    private final LongAdder denied = new LongAdder();
    private final LongAdder deltas = new LongAdder();
    private final LongAdder failedDeltas = new LongAdder();
    private final LongAdder shards = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    /** Streams that were opened by a node that proved who it is. */
    public long streams() {
        return streams.sum();
    }

    /** Certificates given for a token. */
    public long enrolments() {
        return enrolments.sum();
    }

    /** Certificates given for an earlier one. */
    public long renewals() {
        return renewals.sum();
    }

    /** Calls that were turned away for want of a good token or certificate. */
    public long denied() {
        return denied.sum();
    }

    /** Deltas sent, those without changes included. */
    public long deltas() {
        return deltas.sum();
    }

    /** Deltas that a node could not apply. */
    public long failedDeltas() {
        return failedDeltas.sum();
    }

    /** Shards sent. */
    public long shards() {
        return shards.sum();
    }

    /** Bytes of messages sent, before TLS. */
    public long bytes() {
        return bytes.sum();
    }

    void streamOpened() {
        streams.increment();
    }

    void enrolled() {
        enrolments.increment();
    }

    void renewed() {
        renewals.increment();
    }

    void callDenied() {
        denied.increment();
    }

    void deltaFailed() {
        failedDeltas.increment();
    }

    void messageSent(boolean endsDelta, int shardCount, int messageBytes) {
        if (endsDelta) {
            deltas.increment();
        }
        shards.add(shardCount);
        bytes.add(messageBytes);
    }
}

package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.observe.PassthroughEnd;

/** What is told of exchanges that no client has asked for: nothing, unless a subclass says so. */
abstract class Unobserved implements ExchangeObserver {

    @Override
    public void connectionOpened(String listener) {}

    @Override
    public void connectionClosed(String listener) {}

    @Override
    public void connectionRefused(String listener, String reason) {}

    @Override
    public void passing(String listener) {}

    @Override
    public void passed(
            String listener, String ruleId, PassthroughEnd end, long durationNanos, long bytesIn, long bytesOut) {}

    @Override
    public void handshakeDone(String listener, boolean resumed) {}

    @Override
    public void retried(String upstream, String condition) {}

    @Override
    public void ejected(String upstream) {}

    @Override
    public void retryRefused(String upstream) {}

    @Override
    public void checked(String upstream, boolean passed) {}

    @Override
    public void circuitOpen(String upstream, String limit) {}

    @Override
    public void mirrored(String outcome) {}

    @Override
    public void done(
            String listener,
            String ruleId,
            int status,
            String reason,
            long durationNanos,
            long bytesIn,
            long bytesOut) {}
}

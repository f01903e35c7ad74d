package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.observe.PassthroughEnd;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Records what an observer is told of. */
final class RecordingObserver implements ExchangeObserver {
    /** One call of the observer's {@code done}. */
    record Done(String ruleId, int status, String reason, long bytesIn, long bytesOut) {}

    /** One call of the observer's {@code passed}. */
    record Passed(String ruleId, PassthroughEnd end, long bytesIn, long bytesOut) {}

    private final AtomicInteger ejections = new AtomicInteger();
    private final List<String> circuits = new CopyOnWriteArrayList<>();
    private final AtomicInteger checks = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final List<String> refusals = new CopyOnWriteArrayList<>();
    private final List<Boolean> handshakes = new CopyOnWriteArrayList<>();
    private final List<String> retries = new CopyOnWriteArrayList<>();
    private final List<String> mirrored = new CopyOnWriteArrayList<>();
    private final Queue<Done> exchanges = new ConcurrentLinkedQueue<>();
    private final AtomicInteger passing = new AtomicInteger();
    private final Queue<Passed> passed = new ConcurrentLinkedQueue<>();

    @Override
    public void connectionOpened(String listener) {
        open.incrementAndGet();
    }

    @Override
    public void connectionClosed(String listener) {
        open.decrementAndGet();
    }

    @Override
    public void connectionRefused(String listener, String reason) {
        refusals.add(reason);
    }

    @Override
    public void handshakeDone(String listener, boolean resumed) {
        handshakes.add(resumed);
    }

    @Override
    public void retried(String upstream, String condition) {
        retries.add(condition);
    }

    @Override
    public void ejected(String upstream) {
        ejections.incrementAndGet();
    }

    @Override
    public void circuitOpen(String upstream, String limit) {
        circuits.add(limit);
    }

    @Override
    public void checked(String upstream, boolean passed) {
        checks.incrementAndGet();
    }

    @Override
    public void retryRefused(String upstream) {
        retries.add("refused");
    }

    @Override
    public void mirrored(String outcome) {
        mirrored.add(outcome);
    }

    @Override
    public void passing(String listener) {
        passing.incrementAndGet();
    }

    @Override
    public void passed(
            String listener, String ruleId, PassthroughEnd end, long durationNanos, long bytesIn, long bytesOut) {
        passing.decrementAndGet();
        passed.add(new Passed(ruleId, end, bytesIn, bytesOut));
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
        exchanges.add(new Done(ruleId, status, reason, bytesIn, bytesOut));
    }

    /** How many connections of clients are open. */
    int connections() {
        return open.get();
    }

    /** Codes of the connections that were closed before they began. */
    List<String> refusals() {
        return refusals;
    }

    /** Of each handshake, whether it resumed a session. */
    List<Boolean> handshakes() {
        return handshakes;
    }

    /** The condition of each retry, and {@code refused} for each that the budget did not allow. */
    List<String> retries() {
        return retries;
    }

    /** How often an endpoint was ejected. */
    int ejections() {
        return ejections.get();
    }

    /** What requests were refused for by circuit breakers. */
    List<String> circuits() {
        return circuits;
    }

    /** How often the health of an endpoint was checked. */
    int checks() {
        return checks.get();
    }

    /** What became of copies of requests. */
    List<String> mirrored() {
        return mirrored;
    }

    /** How many connections are passed through. */
    int passing() {
        return passing.get();
    }

    /** Those that were, and have ended. */
    List<Passed> passed() {
        return List.copyOf(passed);
    }

    List<Done> exchanges() {
        return List.copyOf(exchanges);
    }
}

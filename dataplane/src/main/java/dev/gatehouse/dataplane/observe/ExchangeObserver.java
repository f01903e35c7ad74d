package dev.gatehouse.dataplane.observe;

/** Is told what happened to connections and exchanges. Called on event loops: it must neither block nor throw. */
public interface ExchangeObserver {

    void connectionOpened(String listener);

    void connectionClosed(String listener);

    /**
     * A connection was closed before its first request could be read.
     *
     * @param reason the code of what was wrong
     */
    void connectionRefused(String listener, String reason);

    /** A TLS connection is passed through to a backend, which has taken it. Followed by exactly one {@link #passed}. */
    void passing(String listener);

    /**
     * A TLS connection that was passed through ended.
     *
     * @param ruleId of the rule that took it
     * @param durationNanos from the client's hello
     * @param bytesIn from the client
     * @param bytesOut to the client
     */
    void passed(String listener, String ruleId, PassthroughEnd end, long durationNanos, long bytesIn, long bytesOut);

    /**
     * A client's TLS handshake is done.
     *
     * @param resumed whether it went on with an earlier session
     */
    void handshakeDone(String listener, boolean resumed);

    /**
     * A request is tried again.
     *
     * @param upstream its shard's id
     * @param condition that lets it be
     */
    void retried(String upstream, String condition);

    /** An endpoint of the upstream was ejected for its failures. */
    void ejected(String upstream);

    /**
     * A request was refused because no endpoint may have more.
     *
     * @param upstream its shard's id
     * @param limit of what: {@code requests}, {@code pending} or, for TLS that is passed through, {@code connections}
     */
    void circuitOpen(String upstream, String limit);

    /**
     * The health of an endpoint was checked.
     *
     * @param upstream its shard's id
     */
    void checked(String upstream, boolean passed);

    /** A request that could be tried again is not, because too many of the upstream's requests are retries already. */
    void retryRefused(String upstream);

    /**
     * A copy of a request came to its end.
     *
     * @param outcome {@code answered}, or the code of what went wrong
     */
    void mirrored(String outcome);

    /**
     * An exchange that had a variant of an experiment is about to end with {@link #done}.
     *
     * @param status as of {@link #done}
     */
    default void assigned(String ruleId, String experiment, String variant, int status) {}

    /**
     * An exchange ended. Called exactly once for each, whatever happened.
     *
     * @param ruleId of the rule that took the request; empty if none did
     * @param status what the client was sent; 0 if it was gone before anything could be sent
     * @param reason why Gatehouse answered by itself; empty if the backend did
     * @param durationNanos from the first byte of the request to the last of the response
     * @param bytesIn of the request
     * @param bytesOut of the response
     */
    void done(
            String listener, String ruleId, int status, String reason, long durationNanos, long bytesIn, long bytesOut);
}

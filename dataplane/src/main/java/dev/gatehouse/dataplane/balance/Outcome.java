package dev.gatehouse.dataplane.balance;

/** What became of a request that an endpoint was given. */
public enum Outcome {
    /** The endpoint has answered, whatever the status, and the answer was complete. */
    ANSWERED,
    /** No connection could be opened, TLS included. */
    CONNECT_FAILED,
    /** The connection or stream ended before the answer was complete, or the answer was not valid. */
    BROKEN,
    /** The endpoint did not answer, or did not go on, in time. */
    TIMED_OUT,
    /** Given up for a reason that says nothing about the endpoint: most often the client has left. */
    GIVEN_UP
}

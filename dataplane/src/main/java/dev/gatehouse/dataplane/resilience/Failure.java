package dev.gatehouse.dataplane.resilience;

/** How a try failed, as far as it decides whether there may be another. The name is that of the API's condition. */
public enum Failure {
    /** There was no connection: nothing was sent. */
    CONNECT("connect-failure"),
    /** The backend says that it has not begun to act on the request (RFC 9113, 8.7). */
    REFUSED_STREAM("refused-stream"),
    /** The connection or stream ended before there was an answer. */
    RESET("reset"),
    /** There was no answer in time. */
    TIMEOUT("timeout"),
    /** The answer has a status that is to be tried again. */
    STATUS("status");

    private final String text;

    Failure(String text) {
        this.text = text;
    }

    /** For labels of metrics. */
    public String text() {
        return text;
    }

    /** Whether nothing can have been acted on, so that the method does not matter. */
    public boolean isHarmless() {
        return this == CONNECT || this == REFUSED_STREAM;
    }
}

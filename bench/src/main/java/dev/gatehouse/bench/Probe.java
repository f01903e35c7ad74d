package dev.gatehouse.bench;

import dev.gatehouse.testkit.RawClient;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A client of the data plane on a kept connection, which asks for one host again and again. */
final class Probe implements AutoCloseable {

    private static final Duration BOUND = Duration.ofMinutes(1);

    private final String host;
    private RawClient connection = RawClient.connect(Installation.HTTP_PORT);

    /** @param name first label of the host */
    Probe(String name) {
        this.host = name + ".example.com";
    }

    /** What was answered. */
    record Answer(int status, String body) {

        boolean isFrom(String backend) {
            return status == 200 && body.equals(backend);
        }
    }

    /** @throws java.io.UncheckedIOException if the connection is reset */
    Answer ask(String path) {
        connection.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        RawClient.Response response = connection.readResponse();
        if (response.head().isEmpty()) {
            throw new IllegalStateException(host + ": the connection was closed without an answer");
        }
        if (response.field("connection").equals("close")) { // each one lasts for so many requests
            connection.close();
            connection = RawClient.connect(Installation.HTTP_PORT);
        }
        return new Answer(response.status(), response.rawBody());
    }

    /**
     * Asks until the new state is served; an answer that is of neither state is an error.
     *
     * @param pause between an answer and the next question
     * @return when the first answer of the new state was there
     */
    long until(String path, Predicate<Answer> old, Predicate<Answer> next, Duration pause) {
        long end = System.nanoTime() + BOUND.toNanos();
        while (true) {
            Answer answer = ask(path);
            long now = System.nanoTime();
            if (next.test(answer)) {
                return now;
            }
            if (!old.test(answer)) {
                throw new IllegalStateException(host + path + ": " + answer + " is of neither state");
            }
            if (now > end) {
                throw new IllegalStateException(host + path + " was not served within " + BOUND);
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}

package dev.gatehouse.controller.publish;

import java.time.Duration;

/**
 * How long a peer may take.
 *
 * @param ping between two HTTP/2 PINGs on an open stream
 * @param silence after which a connection is closed on which nothing was read, answers to pings included
 * @param enrolment until a connection without a certificate has done all it is good for: to get one
 * @param hello until an accepted stream must have said hello
 * @param acknowledgement until a delta that was written must be acknowledged
 * @param lifetime of a stream: then it is ended, so that the node comes back with the certificate it has by then, perhaps to
 *     another replica; up to a quarter is taken off at random so that not all come at once
 */
public record PushLimits(
        Duration ping,
        Duration silence,
        Duration enrolment,
        Duration hello,
        Duration acknowledgement,
        Duration lifetime) {

    /** What is good for a cluster. */
    public static PushLimits standard() {
        return new PushLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofMinutes(60));
    }
}

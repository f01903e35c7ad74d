package dev.gatehouse.controller.ocsp;

import java.time.Duration;
import java.time.InstantSource;

/**
 * How issuers are asked.
 *
 * @param internalResponders whether responders at addresses that are not public are asked
 * @param patience for one answer
 * @param retry how long to wait after the first failure; twice as long after each further one, up to an hour
 * @param clock tells when answers begin and end
 */
public record OcspSettings(boolean internalResponders, Duration patience, Duration retry, InstantSource clock) {

    /** What is sensible; answers are good for days. */
    public static OcspSettings standard(boolean internalResponders) {
        return new OcspSettings(
                internalResponders, Duration.ofSeconds(10), Duration.ofMinutes(1), InstantSource.system());
    }
}

package dev.gatehouse.dataplane.http1;

/**
 * An answer that Gatehouse makes itself.
 *
 * @param reason code that goes into the header {@code gatehouse-reason}
 * @param contentType of the body
 * @param body empty for none
 */
@SuppressWarnings("ArrayRecordComponent") // written to the wire as they are; never compared
public record OwnAnswer(int status, String reason, byte[] contentType, byte[] body) {
    private static final byte[] TEXT = Octets.ascii("text/plain; charset=utf-8");
    private static final byte[] NOTHING = {};

    public OwnAnswer {
        if (status == 204 || status == 304) {
            body = NOTHING; // RFC 9110, 15.3.5 and 15.4.5
        }
    }

    /** One whose body repeats status and reason. */
    public static OwnAnswer plain(int status, String reason) {
        return new OwnAnswer(
                status,
                reason,
                TEXT,
                Octets.ascii(status + " " + ResponseWriter.phrase(status) + ": " + reason + "\n"));
    }

    /** Whether its head says how long the body is (RFC 9110, 8.6). */
    public boolean isMeasured() {
        return status != 204 && status != 304;
    }
}

package dev.gatehouse.dataplane.grpc;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import java.util.concurrent.TimeUnit;

/** The field by which a client says how long it waits for the end of its call (gRPC over HTTP/2, "Timeout"). Pure. */
final class GrpcTimeout {
    /** Without the field, or where it says nothing that can be understood. */
    static final long NONE = Long.MAX_VALUE;

    private static final byte[] NAME = Octets.ascii("grpc-timeout");
    private static final int MAX_DIGITS = 8;

    private GrpcTimeout() {}

    /** Nanoseconds; {@link #NONE} also for what is too long to be told from it. */
    static long nanos(FieldSection head) {
        long value = head.header(NAME);
        return value < 0 ? NONE : nanos(head.bytes(), (int) (value >>> 32), (int) value);
    }

    private static long nanos(byte[] b, int from, int length) {
        int digits = length - 1;
        if (digits < 1 || digits > MAX_DIGITS) {
            return NONE;
        }
        long amount = 0;
        for (int i = from; i < from + digits; i++) {
            if (b[i] < '0' || b[i] > '9') {
                return NONE;
            }
            amount = amount * 10 + (b[i] - '0');
        }
        return switch (b[from + digits]) {
            case 'H' -> TimeUnit.HOURS.toNanos(amount);
            case 'M' -> TimeUnit.MINUTES.toNanos(amount);
            case 'S' -> TimeUnit.SECONDS.toNanos(amount);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(amount);
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(amount);
            case 'n' -> amount;
            default -> NONE;
        };
    }
}

package dev.gatehouse.snapshot.wire;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How a call ended: gRPC's status codes by their numbers, and the encoding of the message that goes with them. */
public enum GrpcStatus {
    OK(0),
    CANCELLED(1),
    UNKNOWN(2),
    INVALID_ARGUMENT(3),
    DEADLINE_EXCEEDED(4),
    NOT_FOUND(5),
    ALREADY_EXISTS(6),
    PERMISSION_DENIED(7),
    RESOURCE_EXHAUSTED(8),
    FAILED_PRECONDITION(9),
    ABORTED(10),
    OUT_OF_RANGE(11),
    UNIMPLEMENTED(12),
    INTERNAL(13),
    UNAVAILABLE(14),
    DATA_LOSS(15),
    UNAUTHENTICATED(16);

    /** Header or trailer with the number. */
    public static final String HEADER = "grpc-status";

    /** Header or trailer with the encoded message. */
    public static final String MESSAGE_HEADER = "grpc-message";

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private final int code;

    GrpcStatus(int code) {
        this.code = code;
    }

    /** The number as it goes over the wire. */
    public int code() {
        return code;
    }

    /** The status of a number read from the wire; {@link #UNKNOWN} for what is none, as gRPC asks. */
    public static GrpcStatus ofCode(String code) {
        for (GrpcStatus status : values()) {
            if (String.valueOf(status.code).equals(code)) {
                return status;
            }
        }
        return UNKNOWN;
    }

    /** Writes a message so that it can stand in a header (gRPC over HTTP/2, "Percent-Encoded"). */
    public static String encodeMessage(String message) {
        StringBuilder encoded = new StringBuilder(message.length());
        for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
            if (b >= ' ' && b <= '~' && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HEX.toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    /** Reads what {@link #encodeMessage} wrote. What is no valid encoding is kept as it came. */
    public static String decodeMessage(String encoded) {
        byte[] decoded = new byte[encoded.length()];
        int length = 0;
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%'
                    && i + 2 < encoded.length()
                    && HexFormat.isHexDigit(encoded.charAt(i + 1))
                    && HexFormat.isHexDigit(encoded.charAt(i + 2))) {
                decoded[length++] = (byte) HexFormat.fromHexDigits(encoded, i + 1, i + 3);
                i += 2;
            } else {
                decoded[length++] = (byte) (c < 0x80 ? c : '?');
            }
        }
        return new String(decoded, 0, length, StandardCharsets.UTF_8);
    }
}

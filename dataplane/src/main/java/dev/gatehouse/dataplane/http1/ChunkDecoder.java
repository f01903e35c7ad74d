package dev.gatehouse.dataplane.http1;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Finds the data in a chunked body (RFC 9112, 7.1). Pulled by its user: {@link #next} says what comes next at the buffer's
 * reader index, and the user takes the data itself, without a copy. Chunk extensions must have valid syntax, without the "bad
 * whitespace" of the RFC, and are not passed on. One body at a time; one thread.
 */
public final class ChunkDecoder {
    /** What {@link #next} found. */
    public enum Event {
        /** The buffer is used up. */
        MORE,
        /** Data stands at the reader index: {@link #dataLength()} octets, to be reported by {@link #taken}. */
        DATA,
        /** The body, its trailers included, is complete; what follows in the buffer is not part of it. */
        END,
        REFUSED
    }

    private enum State {
        SIZE_FIRST,
        SIZE,
        EXTENSION_NAME_FIRST,
        EXTENSION_NAME,
        EXTENSION_VALUE_FIRST,
        EXTENSION_TOKEN,
        EXTENSION_QUOTED,
        EXTENSION_ESCAPED,
        EXTENSION_AFTER_QUOTED,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILERS,
        DONE,
        BROKEN
    }

    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_EXTENSION_BYTES = 1024;
    private static final int MAX_TRAILER_BYTES = 8192;
    private static final int MAX_TRAILERS = 64;

    private final FieldSection trailers = new FieldSection();
    private State state = State.SIZE_FIRST;
    private long remaining;
    private int digits;
    private int extensionBytes;
    private int dataLength;
    private byte[] trailerBytes = new byte[0];
    private int trailerLength;

    /** Prepares for the next body. */
    public void reset() {
        state = State.SIZE_FIRST;
        remaining = 0;
        digits = 0;
        extensionBytes = 0;
        trailerLength = 0;
        trailers.reset(0);
    }

    /** Goes on at the reader index, which it moves behind all framing that it has read. */
    public Event next(ByteBuf in) {
        while (true) {
            switch (state) {
                case DATA -> {
                    if (remaining > 0) {
                        dataLength = (int) Math.min(remaining, in.readableBytes());
                        return dataLength == 0 ? Event.MORE : Event.DATA;
                    }
                    state = State.DATA_CR;
                }
                case TRAILERS -> {
                    return readTrailers(in);
                }
                case DONE -> {
                    return Event.END;
                }
                case BROKEN -> {
                    return Event.REFUSED;
                }
                default -> {
                    if (!in.isReadable()) {
                        return Event.MORE;
                    }
                    state = framing(in.readByte());
                }
            }
        }
    }

    private State framing(byte c) {
        return switch (state) {
            case SIZE_FIRST -> Octets.hex(c) < 0 ? State.BROKEN : size(c);
            case SIZE -> Octets.hex(c) >= 0 ? size(c) : afterElement(c);
            case EXTENSION_NAME_FIRST -> Octets.isToken(c) ? extension(State.EXTENSION_NAME) : State.BROKEN;
            case EXTENSION_NAME ->
                Octets.isToken(c)
                        ? extension(State.EXTENSION_NAME)
                        : c == '=' ? extension(State.EXTENSION_VALUE_FIRST) : afterElement(c);
            case EXTENSION_VALUE_FIRST ->
                c == '"'
                        ? extension(State.EXTENSION_QUOTED)
                        : Octets.isToken(c) ? extension(State.EXTENSION_TOKEN) : State.BROKEN;
            case EXTENSION_TOKEN -> Octets.isToken(c) ? extension(State.EXTENSION_TOKEN) : afterElement(c);
            case EXTENSION_QUOTED ->
                c == '"'
                        ? extension(State.EXTENSION_AFTER_QUOTED)
                        : c == '\\'
                                ? extension(State.EXTENSION_ESCAPED)
                                : isText(c) ? extension(State.EXTENSION_QUOTED) : State.BROKEN;
            case EXTENSION_ESCAPED -> isText(c) ? extension(State.EXTENSION_QUOTED) : State.BROKEN;
            case EXTENSION_AFTER_QUOTED -> afterElement(c);
            case SIZE_LF -> c == '\n' ? afterSizeLine() : State.BROKEN;
            case DATA_CR -> c == '\r' ? State.DATA_LF : State.BROKEN;
            case DATA_LF -> c == '\n' ? State.SIZE_FIRST : State.BROKEN;
            case DATA, TRAILERS, DONE, BROKEN -> state;
        };
    }

    private static boolean isText(byte c) {
        return c == '\t' || (c >= 0x20 && c != 0x7f) || c < 0;
    }

    private State size(byte c) {
        if (state == State.SIZE_FIRST) {
            digits = 0;
            remaining = 0;
            extensionBytes = 0;
        }
        if (++digits > MAX_SIZE_DIGITS) {
            return State.BROKEN;
        }
        remaining = remaining << 4 | Octets.hex(c);
        return State.SIZE;
    }

    private State afterElement(byte c) {
        return c == '\r' ? State.SIZE_LF : c == ';' ? extension(State.EXTENSION_NAME_FIRST) : State.BROKEN;
    }

    private State extension(State next) {
        return ++extensionBytes > MAX_EXTENSION_BYTES ? State.BROKEN : next;
    }

    private State afterSizeLine() {
        return remaining == 0 ? State.TRAILERS : State.DATA;
    }

    private Event readTrailers(ByteBuf in) {
        int from = in.readerIndex();
        int held = trailerLength;
        int more = Math.min(in.readableBytes(), MAX_TRAILER_BYTES - held);
        if (trailerBytes.length < held + more) {
            trailerBytes = Arrays.copyOf(trailerBytes, Math.max(held + more, 256));
        }
        in.getBytes(from, trailerBytes, held, more);
        trailerLength = held + more;
        int end = trailers.parseFields(trailerBytes, trailerLength, MAX_TRAILER_BYTES, MAX_TRAILERS);
        if (end == FieldSection.REFUSED) {
            state = State.BROKEN;
            return Event.REFUSED;
        }
        if (end == FieldSection.MORE) {
            in.readerIndex(from + more);
            return Event.MORE;
        }
        in.readerIndex(from + end - held);
        state = State.DONE;
        return Event.END;
    }

    /** How many octets of data stand at the reader index. */
    public int dataLength() {
        return dataLength;
    }

    /** Tells that this many octets of data were taken from the reader index on. */
    public void taken(int length) {
        remaining -= length;
    }

    /** The trailer fields, once the body has ended. */
    public FieldSection trailers() {
        return trailers;
    }
}

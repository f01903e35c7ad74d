package dev.gatehouse.dataplane.match;

import dev.gatehouse.dataplane.match.HeaderEdits.Header;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which scripts of other origins are let in, and what their browsers are told (Fetch Standard, 3.3). Immutable. */
public final class Cors implements CompiledFilter {

    private static final byte[] ALLOW_ORIGIN = bytes("access-control-allow-origin");
    private static final byte[] ANY = bytes("*");

    /** What the backend says of it itself would contradict. */
    private static final List<byte[]> REPLACED = List.of(
            ALLOW_ORIGIN,
            bytes("access-control-allow-credentials"),
            bytes("access-control-allow-headers"),
            bytes("access-control-allow-methods"),
            bytes("access-control-expose-headers"),
            bytes("access-control-max-age"));

    /**
     * An origin that is let in, or the subdomains of one.
     *
     * @param begin scheme and, unless there are subdomains, all the rest
     * @param end what stands behind the subdomains; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent") // compared with ranges of other arrays
    private record Origin(byte[] begin, byte[] end) {

        static Origin of(String text) {
            int star = text.indexOf('*');
            return star < 0
                    ? new Origin(bytes(text), new byte[0])
                    : new Origin(bytes(text.substring(0, star)), bytes(text.substring(star + 1)));
        }

        boolean matches(byte[] b, int from, int length) {
            if (end.length == 0) {
                return Arrays.equals(b, from, from + length, begin, 0, begin.length);
            }
            int to = from + length - end.length;
            if (to <= from + begin.length // at least one letter stands for the star
                    || !Arrays.equals(b, from, from + begin.length, begin, 0, begin.length)
                    || !Arrays.equals(b, to, from + length, end, 0, end.length)) {
                return false;
            }
            for (int i = from + begin.length; i < to; i++) {
                boolean name =
                        (b[i] >= 'a' && b[i] <= 'z') || (b[i] >= '0' && b[i] <= '9') || b[i] == '-' || b[i] == '.';
                if (!name) {
                    return false;
                }
            }
            return true;
        }
    }

    private final String words;
    private final boolean any;
    private final List<Origin> origins;
    private final List<Header> always;
    private final List<Header> allowed;
    private final List<Header> preflight;

    Cors(dev.gatehouse.snapshot.proto.Cors wire) {
        words = "cors: origins " + String.join(" or ", wire.getAllowOriginsList());
        any = wire.getAllowOriginsList().contains("*");
        origins = wire.getAllowOriginsList().stream().map(Origin::of).toList();
        // Caches must not give one origin's answer to another, nor what no origin asked for (Fetch Standard, 3.3.5).
        always = any ? List.of() : List.of(header("vary", "origin"));
        List<Header> fields = new ArrayList<>();
        if (wire.getAllowCredentials()) {
            fields.add(header("access-control-allow-credentials", "true"));
        }
        add(fields, "access-control-expose-headers", wire.getExposeHeadersList());
        allowed = List.copyOf(fields);
        fields.clear();
        add(fields, "access-control-allow-methods", wire.getAllowMethodsList());
        add(fields, "access-control-allow-headers", wire.getAllowHeadersList());
        if (wire.getMaxAgeSeconds() != 0) {
            fields.add(header("access-control-max-age", Integer.toUnsignedString(wire.getMaxAgeSeconds())));
        }
        preflight = List.copyOf(fields);
    }

    private static void add(List<Header> fields, String name, List<String> values) {
        if (!values.isEmpty()) {
            fields.add(header(name, String.join(", ", values)));
        }
    }

    private static Header header(String name, String value) {
        return new Header(bytes(name), bytes(value), List.of());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String inWords() {
        return words;
    }

    /**
     * Whether the origin in the bytes is let in.
     *
     * @param packed {@code offset << 32 | length}; -1 for none
     */
    public boolean allows(byte[] b, long packed) {
        if (packed < 0) {
            return false;
        }
        int from = (int) (packed >>> 32);
        int length = (int) packed;
        boolean found = any;
        for (int i = 0; i < origins.size() && !found; i++) {
            found = origins.get(i).matches(b, from, length);
        }
        return found;
    }

    /** What every answer to a request from the origin says. */
    public HeaderEdits answer(byte[] b, long packed) {
        List<Header> set = new ArrayList<>();
        if (allows(b, packed)) {
            int from = (int) (packed >>> 32);
            byte[] origin = any ? ANY : Arrays.copyOfRange(b, from, from + (int) packed);
            set.add(new Header(ALLOW_ORIGIN, origin, List.of()));
            set.addAll(allowed);
        }
        return new HeaderEdits(set, always, REPLACED);
    }

    /** What answers to preflights say besides. */
    public List<Header> preflight() {
        return preflight;
    }
}

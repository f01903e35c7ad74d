package dev.gatehouse.dataplane.listen;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * What is to happen to one request of the random test. It travels in the target, so that the backend knows it too.
 *
 * @param id names the request; every octet of its bodies tells it
 * @param up octets of the request's body
 * @param down octets of the response's body
 * @param framing of the response: by length, in chunks, until the close, or none at all
 * @param interim whether a 103 goes before the response
 * @param reads octets of the request's body that the backend reads before it answers; -1 for all
 * @param cut octets of the response after which the backend is gone; -1 for never
 * @param reset whether it goes with a reset
 * @param chunkedUp whether the request's body comes in chunks
 */
record CutPlan(
        int id,
        int up,
        int down,
        Framing framing,
        boolean interim,
        int reads,
        int cut,
        boolean reset,
        boolean chunkedUp) {
    enum Framing {
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE,
        NONE
    }

    static CutPlan random(SplittableRandom random, int id) {
        int up = random.nextInt(3) == 0 ? size(random) : 0;
        Framing framing = Framing.values()[Math.min(3, random.nextInt(8) / 2)];
        int down = framing == Framing.NONE ? 0 : size(random);
        int cut = random.nextInt(8) == 0 ? random.nextInt(down + 200) : -1;
        int reads = random.nextInt(12) == 0 ? random.nextInt(up + 1) : -1;
        return new CutPlan(
                id,
                up,
                down,
                framing,
                random.nextInt(10) == 0,
                reads,
                cut,
                random.nextBoolean(),
                up > 0 && random.nextBoolean());
    }

    private static int size(SplittableRandom random) {
        return switch (random.nextInt(40)) {
            case 0 -> random.nextInt(400_000);
            case 1, 2, 3 -> random.nextInt(30_000);
            default -> random.nextInt(600);
        };
    }

    String target() {
        return "/%d/%d/%d/%s/%d/%d/%d/%d/%d"
                .formatted(
                        id,
                        up,
                        down,
                        framing.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                        interim ? 1 : 0,
                        reads,
                        cut,
                        reset ? 1 : 0,
                        chunkedUp ? 1 : 0);
    }

    static CutPlan parse(String target) {
        String[] parts = target.split("/");
        return new CutPlan(
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                Framing.valueOf(parts[4].toUpperCase(Locale.ROOT).replace('-', '_')),
                parts[5].equals("1"),
                Integer.parseInt(parts[6]),
                Integer.parseInt(parts[7]),
                parts[8].equals("1"),
                parts[9].equals("1"));
    }

    /** Whether nothing is to go wrong on the backend's side. */
    boolean whole() {
        return cut < 0 && reads < 0;
    }

    /** Whether 502 may be the answer: a POST may meet a kept connection that the backend is just closing. */
    boolean mayBeRefused() {
        return !whole() || up > 0;
    }

    /** Whether a part of the response cannot be told from the whole: nothing but a reset says so, and not to every request. */
    boolean mayLookWhole() {
        return framing == Framing.UNTIL_CLOSE && !whole() && (!reset || up > 0);
    }

    /** The octet at a place of a body. */
    static byte octet(int id, int at) {
        return (byte) (id >>> (at % 4 * 8) ^ at * 31);
    }

    static byte[] body(int id, int length) {
        byte[] body = new byte[length];
        for (int i = 0; i < length; i++) {
            body[i] = octet(id, i);
        }
        return body;
    }
}

package dev.gatehouse.dataplane.match;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class WordsTest {

    @Property
    void equalBytesAreEqualAndHashAlikeWhereverTheyStand(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        byte[] one = within(bytes, random);
        byte[] other = within(bytes, random);
        int oneStart = one.length - bytes.length - one[0];
        int otherStart = other.length - bytes.length - other[0];
        assertThat(Words.equal(one, oneStart, other, otherStart, bytes.length)).isTrue();
        assertThat(Words.hash(one, oneStart, bytes.length)).isEqualTo(Words.hash(other, otherStart, bytes.length));
    }

    @Property
    void bytesThatDifferInOneBitDiffer(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[1 + random.nextInt(40)];
        random.nextBytes(bytes);
        byte[] other = bytes.clone();
        other[random.nextInt(other.length)] ^= (byte) (1 << random.nextInt(8));
        assertThat(Words.equal(bytes, 0, other, 0, bytes.length)).isFalse();
        assertThat(Words.hash(bytes, 0, bytes.length)).isNotEqualTo(Words.hash(other, 0, bytes.length));
    }

    @Property
    void aHashThatGrewWordByWordIsTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
        long state = Words.START;
        int done = 0;
        for (int length = 0; length <= bytes.length; length += random.nextInt(1, 12)) {
            for (; done <= length - Words.SIZE; done += Words.SIZE) {
                state = Words.extend(state, bytes, done);
            }
            assertThat(Words.finish(state, bytes, 0, done, length)).isEqualTo(Words.hash(bytes, 0, length));
        }
    }

    @Property(tries = 1)
    void zerosAreBytesToo() {
        assertThat(Words.hash(new byte[3], 0, 3)).isNotEqualTo(Words.hash(new byte[3], 0, 2));
        assertThat(Words.equal(new byte[] {0, 0}, 0, new byte[] {0, 1}, 0, 2)).isFalse();
    }

    /** The bytes somewhere in random ones, of which the first says how many stand behind them. */
    private static byte[] within(byte[] bytes, Random random) {
        int behind = random.nextInt(12);
        byte[] all = new byte[1 + random.nextInt(12) + bytes.length + behind];
        random.nextBytes(all);
        all[0] = (byte) behind;
        System.arraycopy(bytes, 0, all, all.length - bytes.length - behind, bytes.length);
        return all;
    }
}

package dev.gatehouse.dataplane.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.http1.ChunkDecoder.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Laws of the chunk decoder, for chunked bodies, for such with a few things wrong, and for anything at all. */
class ChunkLawsTest {
    private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
    private static final Pattern SIZE_LINE = Pattern.compile("([0-9a-fA-F]{1,15})(?:;" + TOKEN + "(?:=(?:" + TOKEN
            + "|\"(?:[\\t\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\"))?)*\r\n");
    private static final Pattern TRAILER = Pattern.compile(TOKEN + ":[\\t\\x20-\\x7e\\x80-\\xff]*\r\n");

    /** What came of a body: its data, its trailer lines, how it ended, and the octets behind it. */
    private record Decoded(String data, int trailers, Event end, String rest) {}

    @Provide
    Arbitrary<byte[]> bodies() {
        return WireBytes.chunkedBodies();
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return WireBytes.cuts();
    }

    private static Decoded decode(byte[] bytes, List<Integer> ends) {
        return decode(new ChunkDecoder(), bytes, ends);
    }

    private static Decoded decode(ChunkDecoder decoder, byte[] bytes, List<Integer> ends) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        Event event = Event.MORE;
        int from = 0;
        ByteBuf left = Unpooled.EMPTY_BUFFER;
        for (int end : ends) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, from, end - from);
            from = end;
            event = decoder.next(in);
            while (event == Event.DATA) {
                byte[] taken = new byte[decoder.dataLength()];
                assertThat(taken).isNotEmpty();
                in.readBytes(taken);
                data.writeBytes(taken);
                decoder.taken(taken.length);
                event = decoder.next(in);
            }
            left = in;
            if (event != Event.MORE) {
                break;
            }
            assertThat(in.isReadable())
                    .as("octets left although more are wanted")
                    .isFalse();
        }
        String rest = event == Event.END
                ? left.toString(StandardCharsets.ISO_8859_1)
                        + new String(bytes, from, bytes.length - from, StandardCharsets.ISO_8859_1)
                : "";
        int trailers = event == Event.END ? decoder.trailers().count() : 0;
        return new Decoded(data.toString(StandardCharsets.ISO_8859_1), trailers, event, rest);
    }

    /** The grammar of RFC 9112, 7.1, with none of the cleverness; only for bodies below the limits. */
    @SuppressWarnings("JdkObsolete") // Whether more octets could still match is just what is asked.
    private static Decoded plainly(byte[] bytes) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        StringBuilder data = new StringBuilder();
        int at = 0;
        while (true) {
            Matcher size = SIZE_LINE.matcher(all).region(at, all.length());
            if (!size.lookingAt()) {
                return new Decoded(data.toString(), 0, size.hitEnd() ? Event.MORE : Event.REFUSED, "");
            }
            long length = Long.parseLong(size.group(1), 16);
            at = size.end();
            if (length == 0) {
                break;
            }
            int end = (int) Math.min(all.length(), at + length);
            data.append(all, at, end);
            if (all.length() < at + length) {
                return new Decoded(data.toString(), 0, Event.MORE, "");
            }
            at = end;
            if (!all.startsWith("\r\n", at)) {
                boolean more = "\r\n".startsWith(all.substring(at));
                return new Decoded(data.toString(), 0, more ? Event.MORE : Event.REFUSED, "");
            }
            at += 2;
        }
        int trailers = 0;
        while (!all.startsWith("\r\n", at)) {
            Matcher trailer = TRAILER.matcher(all).region(at, all.length());
            if (!trailer.lookingAt()) {
                boolean more = trailer.hitEnd() || "\r\n".startsWith(all.substring(at));
                return new Decoded(data.toString(), 0, more ? Event.MORE : Event.REFUSED, "");
            }
            trailers++;
            at = trailer.end();
        }
        return new Decoded(data.toString(), trailers, Event.END, all.substring(at + 2));
    }

    @Property(tries = 5000)
    void aBodyIsReadTheSameHoweverItIsDivided(@ForAll("bodies") byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
        assertThat(decode(bytes, WireBytes.ends(bytes.length, cuts))).isEqualTo(decode(bytes, List.of(bytes.length)));
    }

    @Property(tries = 3000)
    void aDecoderRemembersNothingOfTheBodyBefore(@ForAll("bodies") byte[] before, @ForAll("bodies") byte[] bytes) {
        ChunkDecoder used = new ChunkDecoder();
        decode(used, before, List.of(before.length));
        used.reset();

        assertThat(decode(used, bytes, List.of(bytes.length))).isEqualTo(decode(bytes, List.of(bytes.length)));
    }

    @Property(tries = 5000)
    void aBodyIsReadAsTheGrammarSays(@ForAll("bodies") byte[] bytes) {
        assertThat(decode(bytes, List.of(bytes.length))).isEqualTo(plainly(bytes));
    }

    @Property(tries = 1000)
    void whatIsWrittenInChunksIsReadBackAndNothingBehindIt(
            @ForAll @Size(max = 20) List<@Size(min = 1, max = 50) byte[]> parts,
            @ForAll("cuts") List<Integer> cuts,
            @ForAll byte[] behind) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        StringBuilder data = new StringBuilder();
        for (byte[] part : parts) {
            wire.writeBytes(WireBytes.latin1(Integer.toHexString(part.length) + "\r\n"));
            wire.writeBytes(part);
            wire.writeBytes(WireBytes.latin1("\r\n"));
            data.append(new String(part, StandardCharsets.ISO_8859_1));
        }
        wire.writeBytes(WireBytes.latin1("0\r\nX: y\r\n\r\n"));
        wire.writeBytes(behind);
        byte[] bytes = wire.toByteArray();

        assertThat(decode(bytes, WireBytes.ends(bytes.length, cuts)))
                .isEqualTo(new Decoded(data.toString(), 1, Event.END, new String(behind, StandardCharsets.ISO_8859_1)));
    }

    @Test
    void noPartOfTheFramingCanBeMadeToGrow() {
        List<String> begins = List.of("3;", "3;a=", "3;a=\"", "0\r\nX: ", "0\r\n", "0", "0\r\nX: y\r\n");
        List<Long> taken = new ArrayList<>();
        for (String begin : begins) {
            ChunkDecoder decoder = new ChunkDecoder();
            assertThat(decoder.next(Unpooled.wrappedBuffer(WireBytes.latin1(begin))))
                    .isEqualTo(Event.MORE);
            long octets = 0;
            byte[] block = WireBytes.latin1("a".repeat(100));
            while (octets < 100_000 && decoder.next(Unpooled.wrappedBuffer(block)) == Event.MORE) {
                octets += block.length;
            }
            taken.add(octets);
        }
        assertThat(taken).allSatisfy(octets -> assertThat(octets).isLessThanOrEqualTo(8192));
    }
}

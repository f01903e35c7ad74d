package dev.gatehouse.dataplane.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** What gRPC-Web does to a body does not depend on the parts in which it comes. */
class GrpcWebLawsTest {
    /** Lengths of parts, used over and over. */
    @Provide
    Arbitrary<List<Integer>> parts() {
        return Arbitraries.integers().between(1, 9).list().ofMinSize(1).ofMaxSize(12);
    }

    /** Some messages, of which the last may be cut off. */
    @Provide
    Arbitrary<List<byte[]>> messages() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(40).list().ofMaxSize(6);
    }

    /** Base64 as it may come: texts with padding of their own, and now and then a character that is wrong. */
    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> right = Arbitraries.bytes()
                .array(byte[].class)
                .ofMaxSize(10)
                .map(octets -> Base64.getEncoder().encodeToString(octets));
        Arbitrary<String> wrong =
                Arbitraries.strings().withChars("Aa9+/=-_ \n\u00e9").ofMaxLength(5);
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(9, right), net.jqwik.api.Tuple.of(1, wrong))
                .list()
                .ofMaxSize(8)
                .map(all -> String.join("", all));
    }

    private interface Part {
        void take(ByteBuf in, int from, int length);
    }

    /** Hands the octets over in parts, each from the middle of a buffer. */
    private static void inParts(byte[] octets, List<Integer> parts, Part part) {
        int at = 0;
        for (int i = 0; at < octets.length; i++) {
            int length = Math.min(parts.get(i % parts.size()), octets.length - at);
            ByteBuf in = Unpooled.wrappedBuffer(new byte[3], java.util.Arrays.copyOfRange(octets, at, at + length));
            part.take(in, 3, length);
            at += length;
        }
    }

    private record Read(boolean valid, boolean whole, List<Byte> octets) {}

    private static Read read(String text, List<Integer> parts) {
        Base64Reader reader = new Base64Reader();
        ByteBuf out = Unpooled.buffer();
        boolean[] valid = {true};
        inParts(text.getBytes(StandardCharsets.ISO_8859_1), parts, (in, from, length) -> {
            int before = out.readableBytes();
            valid[0] = reader.read(in, from, length, out);
            assertThat(out.readableBytes() - before).isLessThanOrEqualTo(Base64Reader.most(length));
        });
        List<Byte> octets = new ArrayList<>();
        for (byte octet : ByteBufUtil.getBytes(out)) {
            octets.add(octet);
        }
        return new Read(valid[0], reader.isWhole(), octets);
    }

    /** Group by group, with the JDK's decoder, which takes padding only at the end. */
    private static Read plainly(String text) {
        List<Byte> octets = new ArrayList<>();
        for (int i = 0; i < text.length(); i += 4) {
            String group = text.substring(i, Math.min(i + 4, text.length()));
            if (!group.matches("[A-Za-z0-9+/]*|[A-Za-z0-9+/]{2}=|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=")) {
                return new Read(false, false, octets);
            }
            if (group.length() < 4) {
                return new Read(true, false, octets);
            }
            byte[] decoded = Base64.getDecoder().decode(group);
            if (!Base64.getEncoder().encodeToString(decoded).equals(group)) {
                return new Read(false, false, octets); // another way to write the same
            }
            for (byte octet : decoded) {
                octets.add(octet);
            }
        }
        return new Read(true, true, octets);
    }

    @Property(tries = 3000)
    void aTextIsReadTheSameHoweverItIsDivided(@ForAll("texts") String text, @ForAll("parts") List<Integer> parts) {
        assertThat(read(text, parts)).isEqualTo(plainly(text));
    }

    @Property(tries = 2000)
    void whatIsWrittenIsWhatTheJdkWrites(@ForAll @Size(max = 200) byte[] octets, @ForAll("parts") List<Integer> parts) {
        Base64Writer writer = new Base64Writer();
        ByteBuf out = Unpooled.buffer();
        inParts(octets, parts, (in, from, length) -> {
            int before = out.readableBytes();
            writer.write(in, from, length, out);
            assertThat(out.readableBytes() - before).isLessThanOrEqualTo(Base64Writer.most(length));
        });
        writer.pad(out);
        assertThat(out.toString(StandardCharsets.US_ASCII))
                .isEqualTo(Base64.getEncoder().encodeToString(octets));
    }

    private static byte[] framed(List<byte[]> messages, int cutOff) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            body.writeBytes(ByteBuffer.allocate(5 + message.length)
                    .put((byte) (message.length % 2))
                    .putInt(message.length)
                    .put(message)
                    .array());
        }
        return java.util.Arrays.copyOf(body.toByteArray(), Math.max(0, body.size() - cutOff));
    }

    @Property(tries = 2000)
    void theEndsOfMessagesAreFoundHoweverTheyAreDivided(
            @ForAll("messages") List<byte[]> messages,
            @ForAll("parts") List<Integer> parts,
            @ForAll @net.jqwik.api.constraints.IntRange(max = 8) int cutOff) {
        byte[] body = framed(messages, cutOff);
        List<Integer> expected = new ArrayList<>();
        int sum = 0;
        for (byte[] message : messages) {
            sum += 5 + message.length;
            if (sum <= body.length) {
                expected.add(sum);
            }
        }
        MessageFrames frames = new MessageFrames();
        List<Integer> ends = new ArrayList<>();
        int[] read = {0};
        inParts(body, parts, (in, from, length) -> {
            int at = from;
            while (at < from + length) {
                int next = frames.next(in, at, from + length);
                assertThat(next).isGreaterThan(at);
                read[0] += next - at;
                at = next;
                if (frames.isBetween()) {
                    ends.add(read[0]);
                }
            }
        });
        assertThat(read[0]).isEqualTo(body.length);
        assertThat(ends).isEqualTo(expected);
        assertThat(frames.isBetween())
                .isEqualTo(expected.isEmpty() ? body.length == 0 : expected.getLast() == body.length);
    }
}

package dev.gatehouse.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Cutting a connection's bytes into frames. */
final class FrameReaderTest {
    private static final int MAX_BLOCK = 2_000;

    /** Writes down what it is told; DATA of one frame is put together, for its parts are where the bytes were split. */
    private static final class Recorder implements FrameListener {
        @Override
        public boolean isPaused() {
            return false;
        }

        private final List<String> events = new ArrayList<>();
        private final ByteBuf data = Unpooled.buffer();

        void add(Object... parts) {
            events.add(Arrays.toString(parts));
        }

        @Override
        public void dataBegin(int streamId, int flowControlled) {
            data.clear();
            add("data", streamId, flowControlled);
        }

        @Override
        public void data(int streamId, ByteBuf in, int from, int length) {
            assertThat(length).isPositive();
            data.writeBytes(in, from, length);
        }

        @Override
        public void dataEnd(int streamId, boolean endStream) {
            add("dataEnd", streamId, ByteBufUtil.hexDump(data), endStream);
        }

        @Override
        public void headers(int streamId, byte[] block, int from, int end, boolean endStream, int dependsOn) {
            assertThat(end - from).isLessThanOrEqualTo(FrameType.MAX_PAYLOAD_BYTES);
            add("headers", streamId, ByteBufUtil.hexDump(block, from, end - from), endStream, dependsOn);
            if (end - from == 3) {
                throw Http2Exception.stream(streamId, ErrorCode.PROTOCOL_ERROR, "three octets");
            }
        }

        @Override
        public void priority(int streamId, int dependsOn) {
            add("priority", streamId, dependsOn);
        }

        @Override
        public void resetStream(int streamId, int code) {
            add("reset", streamId, code);
        }

        @Override
        public void setting(int id, long value) {
            add("setting", id, value);
        }

        @Override
        public void settingsEnd() {
            add("settingsEnd");
        }

        @Override
        public void settingsAck() {
            add("settingsAck");
        }

        @Override
        public void ping(boolean ack, long payload) {
            add("ping", ack, payload);
        }

        @Override
        public void goAway(int lastStreamId, int code) {
            add("goAway", lastStreamId, code);
        }

        @Override
        public void windowUpdate(int streamId, int increment) {
            add("window", streamId, increment);
        }
    }

    /** Reads the parts as a connection does: a stream error is noted and reading goes on, another one ends it. */
    private static List<String> read(byte[] bytes, List<Integer> cuts) {
        Recorder recorder = new Recorder();
        FrameReader reader = new FrameReader(true, MAX_BLOCK, recorder);
        int from = 0;
        List<Integer> ends = new ArrayList<>(
                cuts.stream().map(cut -> Math.min(cut, bytes.length)).sorted().toList());
        ends.add(bytes.length);
        for (int end : ends) {
            ByteBuf part = Unpooled.copiedBuffer(bytes, from, end - from);
            from = end;
            while (part.isReadable()) {
                try {
                    reader.read(part);
                } catch (Http2Exception e) {
                    recorder.add("error", e.streamId(), e.code(), e.toString());
                    if (e.streamId() == 0) {
                        return recorder.events;
                    }
                }
            }
        }
        return recorder.events;
    }

    private static byte[] frame(int type, int flags, int streamId, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(streamId)
                .writeBytes(payload);
        return ByteBufUtil.getBytes(out);
    }

    /** Frames that are mostly whole and mostly allowed; what is behind an error does not count. */
    @Provide
    Arbitrary<byte[]> frames() {
        Arbitrary<byte[]> payloads = Arbitraries.oneOf(
                Arbitraries.of(0, 4, 5, 6, 8, 12, 30)
                        .flatMap(size -> Arbitraries.bytes()
                                .between((byte) 0, (byte) 9)
                                .array(byte[].class)
                                .ofSize(size)),
                Arbitraries.bytes().array(byte[].class).ofMaxSize(300));
        Arbitrary<byte[]> one = Combinators.combine(
                        Arbitraries.of(0, 0, 0, 1, 1, 9, 2, 3, 4, 6, 7, 8, 10, 255),
                        Arbitraries.of(0, 1, 4, 5, 8, 0x20, 0x2c, 0xff),
                        Arbitraries.of(1, 3, 0),
                        payloads)
                .as(FrameReaderTest::frame);
        return one.list().ofMaxSize(12).map(all -> {
            ByteBuf out = Unpooled.buffer();
            all.forEach(out::writeBytes);
            return ByteBufUtil.getBytes(out);
        });
    }

    @Property(tries = 2_000)
    void anyDivisionOfTheBytesSaysTheSame(
            @ForAll("frames") byte[] bytes, @ForAll List<@IntRange(max = 1_500) Integer> cuts) {
        List<String> whole = read(bytes, List.of());
        List<Integer> everywhere = new ArrayList<>();
        for (int i = 1; i < bytes.length; i++) {
            everywhere.add(i);
        }

        assertThat(read(bytes, cuts)).isEqualTo(whole);
        assertThat(read(bytes, everywhere)).isEqualTo(whole);
    }

    @Property(tries = 2_000)
    void arbitraryBytesAreFramesOrAnError(@ForAll byte[] bytes, @ForAll List<@IntRange(max = 300) Integer> cuts) {
        assertThat(read(bytes, cuts)).isNotNull();
    }

    @Property(tries = 100)
    void aHeaderBlockNeverGrowsBeyondItsLimit(
            @ForAll @IntRange(min = 0, max = 600) int perFrame,
            @ForAll @IntRange(min = 1, max = 60) int continuations) {
        ByteBuf out = Unpooled.buffer();
        out.writeBytes(frame(FrameType.HEADERS, 0, 1, new byte[perFrame]));
        for (int i = 1; i <= continuations; i++) {
            int flags = i == continuations ? FrameType.END_HEADERS : 0;
            out.writeBytes(frame(FrameType.CONTINUATION, flags, 1, new byte[perFrame]));
        }
        List<String> events = read(ByteBufUtil.getBytes(out), List.of());

        if (perFrame * (continuations + 1) > MAX_BLOCK || continuations > 32) {
            assertThat(events).singleElement().asString().contains("error, 0, ENHANCE_YOUR_CALM");
        } else {
            assertThat(events).first().asString().startsWith("[headers, 1, ");
        }
    }
}

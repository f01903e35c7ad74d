package dev.gatehouse.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.dataplane.http1.HeadBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Header compression against Netty's, which is independent of ours. */
final class HpackTest {
    /** A header block to be. */
    record Block(List<Line> lines, int tableBytes) {}

    record Line(String name, String value, boolean sensitive) {}

    @Provide
    Arbitrary<List<Block>> blocks() {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.of("cookie", "x-a", ":path", ":method", "user-agent", "www-authenticate", "x-b-long-name"),
                Arbitraries.of(staticNames()),
                Arbitraries.strings()
                        .withChars("abcdefghijklmnopqrstuvwxyz-0123456789_")
                        .ofMinLength(1)
                        .ofMaxLength(40));
        Arbitrary<String> values = Arbitraries.oneOf(
                Arbitraries.of("", "GET", "/", "gzip, deflate", "a=b; c=d", "x".repeat(5_000)),
                Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(200),
                Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(600));
        Arbitrary<Line> lines = Combinators.combine(names, values, Arbitraries.of(false, false, true))
                .as(Line::new);
        return Combinators.combine(lines.list().ofMaxSize(20), Arbitraries.of(-1, -1, -1, 0, 40, 200, 1_000, 4_096))
                .as(Block::new)
                .list()
                .ofMaxSize(12);
    }

    private static List<String> staticNames() {
        return Arrays.stream(HpackTable.STATIC).map(HpackTest::nameOf).toList();
    }

    private static String nameOf(HpackTable.Entry entry) {
        return new String(entry.bytes(), 0, entry.nameLength(), StandardCharsets.US_ASCII);
    }

    private static List<String> decode(HpackDecoder decoder, byte[] block) {
        List<String> fields = new ArrayList<>();
        decoder.decode(
                block,
                0,
                block.length,
                (name, nameFrom, nameLength, value, valueFrom, valueLength) ->
                        fields.add(new String(name, nameFrom, nameLength, StandardCharsets.ISO_8859_1) + "="
                                + new String(value, valueFrom, valueLength, StandardCharsets.ISO_8859_1)));
        return fields;
    }

    private static List<String> decodeWithNetty(DefaultHttp2HeadersDecoder decoder, byte[] block) throws Exception {
        List<String> fields = new ArrayList<>();
        decoder.decodeHeaders(1, Unpooled.wrappedBuffer(block))
                .forEach(e -> fields.add(e.getKey() + "=" + e.getValue()));
        return fields;
    }

    private static AsciiString octets(String text) {
        return new AsciiString(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Property(tries = 400)
    void whatNettyWritesIsReadEqually(@ForAll("blocks") List<Block> blocks) throws Exception {
        List<String> secret = new ArrayList<>();
        DefaultHttp2HeadersEncoder netty =
                new DefaultHttp2HeadersEncoder((name, value) -> secret.contains(name + "=" + value), false, 16, 0);
        HpackDecoder decoder = new HpackDecoder();
        for (Block block : blocks) {
            Http2Headers headers = new DefaultHttp2Headers(false);
            secret.clear();
            for (Line line : block.lines()) {
                headers.add(octets(line.name()), octets(line.value()));
                if (line.sensitive()) {
                    secret.add(line.name() + "=" + line.value());
                }
            }
            List<String> expected = new ArrayList<>();
            headers.forEach(entry -> expected.add(entry.getKey() + "=" + entry.getValue()));
            ByteBuf out = Unpooled.buffer();
            if (block.tableBytes() >= 0) {
                // What the encoder may do at any time, below the limit that was told: shrink its table and grow it
                // again.
                netty.configuration().maxHeaderTableSize(block.tableBytes());
            }
            netty.encodeHeaders(1, headers, out);

            assertThat(decode(decoder, ByteBufUtil.getBytes(out))).isEqualTo(expected);
        }
        netty.close();
    }

    @Property(tries = 400)
    void whatWeWriteNettyReadsEqually(@ForAll("blocks") List<Block> blocks) throws Exception {
        HpackEncoder encoder = new HpackEncoder();
        DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        HpackDecoder own = new HpackDecoder();
        HeadBuffer out = new HeadBuffer();
        for (Block block : blocks) {
            out.clear();
            encoder.begin(out);
            List<String> expected = new ArrayList<>();
            for (Line line : block.lines()) {
                if (line.name().startsWith(":")) {
                    continue; // written by index
                }
                // HTTP/1.1 spells names as it likes.
                byte[] name = line.name().toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
                byte[] value = line.value().getBytes(StandardCharsets.ISO_8859_1);
                encoder.field(name, 0, name.length, value, 0, value.length, out);
                expected.add(line.name() + "=" + line.value());
            }
            byte[] bytes = Arrays.copyOf(out.bytes(), out.length());

            assertThat(decode(own, bytes)).isEqualTo(expected);
            // Netty's headers are a multimap: the order between different names is kept by it, too.
            assertThat(decodeWithNetty(netty, bytes)).isEqualTo(expected);
        }
    }

    @Example
    void everyStatusIsReadByNetty() throws Exception {
        HpackEncoder encoder = new HpackEncoder();
        DefaultHttp2HeadersDecoder netty = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        HeadBuffer out = new HeadBuffer();
        for (int status = 100; status < 600; status++) {
            out.clear();
            encoder.begin(out);
            encoder.status(status, out);

            assertThat(decodeWithNetty(netty, Arrays.copyOf(out.bytes(), out.length())))
                    .containsExactly(":status=" + status);
        }
    }

    /** A name that is found goes out as an index: far shorter than itself. */
    @Example
    void everyNameOfTheStaticTableIsFound() {
        HpackEncoder encoder = new HpackEncoder();
        HeadBuffer out = new HeadBuffer();
        encoder.begin(out);
        for (String name : staticNames()) {
            out.clear();
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            encoder.field(bytes, 0, bytes.length, bytes, 0, 0, out);

            assertThat(out.length()).as(name).isLessThanOrEqualTo(3);
            assertThat(decode(new HpackDecoder(), Arrays.copyOf(out.bytes(), out.length())))
                    .containsExactly(name + "=");
        }
    }

    @Property(tries = 3_000)
    void arbitraryOctetsAreFieldsOrAnErrorOfTheConnection(@ForAll("noise") List<byte[]> blocks) {
        HpackDecoder decoder = new HpackDecoder();
        try {
            blocks.forEach(block -> decode(decoder, block));
        } catch (Http2Exception e) {
            assertThat(e.code()).isEqualTo(ErrorCode.COMPRESSION_ERROR);
            assertThat(e.streamId()).isZero();
        }
    }

    @Provide
    Arbitrary<List<byte[]>> noise() {
        // Octets that begin something that makes sense are more frequent than by chance.
        Arbitrary<Byte> octets = Arbitraries.oneOf(
                Arbitraries.bytes(),
                Arbitraries.of(
                        (byte) 0x40,
                        (byte) 0x82,
                        (byte) 0xbe,
                        (byte) 0x20,
                        (byte) 0x3f,
                        (byte) 0,
                        (byte) 1,
                        (byte) 0x81,
                        (byte) 0x7f,
                        (byte) 0xff));
        return octets.array(byte[].class).ofMaxSize(120).list().ofMaxSize(6);
    }

    @Example
    void brokenBlocksOfTheSpecificationAreRefused() {
        assertRefused("80"); // RFC 7541, 6.1: index 0
        assertRefused("be"); // 2.3.3: beyond the tables
        assertRefused("ffffffffff0f"); // 5.1: an integer beyond every limit
        assertRefused("ff80808080808000"); // 5.1: zeros without end
        assertRefused("82" + "20"); // 4.2: a size update behind a field
        assertRefused("3fe21f"); // 6.3: a size above what was told
        assertRefused("00" + "81ff" + "00"); // 5.2: eight bits of padding
        assertRefused("00" + "8106" + "00"); // 5.2: padding that is not all ones
        assertRefused("00" + "84ffffffff" + "00"); // 5.2: the end-of-string symbol
        assertRefused("40" + "0161"); // ends within a field
        assertRefused("40" + "7f"); // ends within an integer
    }

    private static void assertRefused(String hex) {
        byte[] block = ByteBufUtil.decodeHexDump(hex);
        assertThatThrownBy(() -> decode(new HpackDecoder(), block))
                .as(hex)
                .isInstanceOfSatisfying(
                        Http2Exception.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.COMPRESSION_ERROR));
    }

    /** RFC 7541, 10.5: what a peer makes us keep is what we have told it, whatever it sends. */
    @Property(tries = 200)
    void theTableNeverHoldsMoreThanItMay(@ForAll("blocks") List<Block> blocks) {
        HpackTable table = new HpackTable(1_000);
        for (Block block : blocks) {
            for (Line line : block.lines()) {
                table.add(HpackTable.Entry.of(line.name(), line.value()));
                assertThat(table.size()).isBetween(0, 1_000);
            }
            if (block.tableBytes() >= 0) {
                table.resize(Math.min(1_000, block.tableBytes()));
                assertThat(table.size()).isBetween(0, Math.min(1_000, block.tableBytes()));
                table.resize(1_000);
            }
        }
    }
}

package dev.gatehouse.dataplane.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader.Incomplete;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader.Invalid;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader.Local;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader.Missing;
import dev.gatehouse.dataplane.proxyprotocol.ProxyHeader.Proxied;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header of the PROXY protocol, read and written. Sections are those of haproxy.org's specification. */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final ProxiedAddresses V4 = addresses("203.0.113.7", 40_000, "192.0.2.1", 443);

    private static ProxiedAddresses addresses(String client, int clientPort, String server, int serverPort) {
        return new ProxiedAddresses(
                new InetSocketAddress(InetAddress.ofLiteral(client), clientPort),
                new InetSocketAddress(InetAddress.ofLiteral(server), serverPort));
    }

    private static ProxyHeader text(String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        return ProxyHeaderParser.parse(all, all.length);
    }

    private static ProxyHeader hex(String bytes) {
        byte[] all = HexFormat.of().parseHex(bytes.replace(" ", ""));
        return ProxyHeaderParser.parse(all, all.length);
    }

    @Test
    void aLineNamesBothEnds() {
        String line = "PROXY TCP4 203.0.113.7 192.0.2.1 40000 443\r\n";
        assertThat(text(line + "GET / HTTP/1.1\r\n")).isEqualTo(new Proxied(V4, line.length()));
        String six = "PROXY TCP6 2001:db8::7 2001:DB8:0:0:0:0:0:1 0 65535\r\n";
        assertThat(text(six)).isEqualTo(new Proxied(addresses("2001:db8::7", 0, "2001:db8::1", 65_535), six.length()));
    }

    @Test
    void aBlockNamesBothEnds() {
        assertThat(hex(SIGNATURE + "21 11 000c cb007107 c0000201 9c40 01bb" + "16030100"))
                .isEqualTo(new Proxied(V4, 28));
        assertThat(hex(SIGNATURE
                        + "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 0050 01bb"))
                .isEqualTo(new Proxied(addresses("2001:db8::7", 80, "2001:db8::1", 443), 52));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 whatever  else\r\n"})
    void anUnknownLineKeepsThePeer(String line) {
        assertThat(text(line + "GET")).isEqualTo(new Local(line.length()));
    }

    @ParameterizedTest
    @CsvSource({
        "20 00 0000, 16", // LOCAL
        "20 11 000c 00000000 00000000 0000 0000, 28", // LOCAL, whose family is to be ignored
        "20 ff 0003 010203, 19",
        "21 00 0000, 16", // UNSPEC
        "21 00 0002 ffff, 18"
    })
    void aLocalBlockKeepsThePeer(String rest, int length) {
        assertThat(hex(SIGNATURE + rest)).isEqualTo(new Local(length));
    }

    @Test
    void tlvsAreSkippedAndTheirChecksumIsChecked() {
        String tlvs = "02 0003 616263" + "04 0000" + "03 0004 ";
        String before = SIGNATURE + "21 11 001c cb007107 c0000201 9c40 01bb" + tlvs;
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex((before + "00000000").replace(" ", "")));
        int right = (int) crc.getValue();
        assertThat(hex(before + HexFormat.of().toHexDigits(right))).isEqualTo(new Proxied(V4, 44));
        assertThat(hex(before + HexFormat.of().toHexDigits(right ^ 1))).isInstanceOf(Invalid.class);
    }

    /** The worked example of Castagnoli's polynomial (RFC 3720, B.4: 32 bytes of zeros) keeps the test above honest. */
    @Test
    void theChecksumIsCastagnolis() {
        CRC32C crc = new CRC32C();
        crc.update(new byte[32]);
        assertThat(crc.getValue()).isEqualTo(0x8a9136aaL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY \r\n",
                "PROXY TCP4\r\n",
                "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY unknown\r\n",
                "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 99999\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 -2\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 +2\r\n",
                "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
                "PROXY TCP4 1.1.1.256 2.2.2.2 1 2\r\n",
                "PROXY TCP4 1.1.1.01 2.2.2.2 1 2\r\n",
                "PROXY TCP4 ::1 ::2 1 2\r\n",
                "PROXY TCP4 localhost 2.2.2.2 1 2\r\n",
                "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY TCP6 ::1%lo ::2 1 2\r\n",
                "PROXY TCP6 [::1] ::2 1 2\r\n",
                "PROXY TCP6 ::1::2 ::2 1 2\r\n",
                "PROXY TCP6 1:2:3 ::2 1 2\r\n",
                "PROXY TCP6 : ::2 1 2\r\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n",
                "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rX",
                "PROXY TCP4\t1.1.1.1 2.2.2.2 1 2\r\n",
                "PROXY UNKNOWN \u00e4\r\n"
            })
    void aMalformedLineIsInvalid(String line) {
        assertThat(text(line)).isInstanceOf(Invalid.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "11", // version 1 as a block
                "22", // a command that there is not
                "31", // version 3
                "21 11 000b cb007107 c0000201 9c40 01", // shorter than its addresses
                "21 21 000c cb007107 c0000201 9c40 01bb",
                "21 12 000c cb007107 c0000201 9c40 01bb", // UDP
                "21 31 00d8", // a Unix socket
                "21 11 ffff", // longer than the bound
                "20 00 ffff",
                "21 11 000e cb007107 c0000201 9c40 01bb 0200", // half a TLV
                "21 11 0010 cb007107 c0000201 9c40 01bb 02000261", // a TLV beyond the end
                "21 11 0011 cb007107 c0000201 9c40 01bb 0300020000" // a checksum of two bytes
            })
    void aMalformedBlockIsInvalid(String rest) {
        assertThat(hex(SIGNATURE + rest)).isInstanceOf(Invalid.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "POST / HTTP/1.1",
                "PROPFIND / HTTP/1.1",
                "\r\n\r\nGET /",
                "\u0016\u0003\u0001",
                "proxy "
            })
    void somethingElseIsNoHeader(String bytes) {
        assertThat(text(bytes)).isInstanceOf(Missing.class);
    }

    @Test
    void aLineEndsWithin107Bytes() {
        String longest = "PROXY UNKNOWN " + "x".repeat(91) + "\r\n";
        assertThat(longest).hasSize(107);
        assertThat(text(longest)).isEqualTo(new Local(107));
        assertThat(text(longest.substring(0, 106))).isInstanceOf(Incomplete.class);
        assertThat(text("PROXY UNKNOWN " + "x".repeat(92) + "\r\n")).isInstanceOf(Invalid.class);
        assertThat(text("PROXY UNKNOWN " + "x".repeat(93))).isInstanceOf(Invalid.class);
    }

    @Property
    void whatIsWrittenIsRead(@ForAll("ends") ProxiedAddresses addresses, @ForAll ProxyVersion version) {
        byte[] header = ProxyProtocolWriter.header(version, addresses);
        assertThat(ProxyHeaderParser.parse(header, header.length)).isEqualTo(new Proxied(addresses, header.length));
    }

    @Property
    void everyBeginningIsIncompleteAndNothingBehindMatters(
            @ForAll("ends") ProxiedAddresses addresses,
            @ForAll ProxyVersion version,
            @ForAll @Size(max = 64) byte[] behind) {
        byte[] header = ProxyProtocolWriter.header(version, addresses);
        byte[] all = Arrays.copyOf(header, header.length + behind.length);
        System.arraycopy(behind, 0, all, header.length, behind.length);
        for (int length = 0; length < header.length; length++) {
            assertThat(ProxyHeaderParser.parse(all, length)).isInstanceOf(Incomplete.class);
        }
        assertThat(ProxyHeaderParser.parse(all, all.length)).isEqualTo(new Proxied(addresses, header.length));
    }

    @Property
    void garbageIsDecidedWithinTheBoundAndForGood(@ForAll("beginnings") String beginning, @ForAll byte[] garbage) {
        byte[] start = beginning.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(start, ProxyHeaderParser.MAX_BYTES);
        System.arraycopy(garbage, 0, all, start.length, Math.min(garbage.length, all.length - start.length));
        ProxyHeader whole = ProxyHeaderParser.parse(all, all.length);
        assertThat(whole).isNotInstanceOf(Incomplete.class);
        int bound = Math.min(all.length, start.length + garbage.length + 1);
        for (int length = 0; length <= bound; length++) {
            ProxyHeader part = ProxyHeaderParser.parse(all, length);
            if (!(part instanceof Incomplete)) {
                assertThat(part).isEqualTo(whole);
            }
        }
    }

    @Provide
    Arbitrary<String> beginnings() {
        String signature = new String(HexFormat.of().parseHex(SIGNATURE), StandardCharsets.ISO_8859_1);
        return Arbitraries.of(
                "",
                "PROXY ",
                "PROXY TCP4 ",
                "PROXY TCP6 ::1 ",
                "PROXY UNKNOWN",
                signature,
                signature + "!\u0011\u0000",
                signature + "!\u0011\u0000 ",
                signature + " \u0000\u0001");
    }

    @Provide
    Arbitrary<ProxiedAddresses> ends() {
        Arbitrary<InetSocketAddress> four = end(4);
        Arbitrary<InetSocketAddress> six = end(16);
        return Arbitraries.oneOf(
                Combinators.combine(four, four).as(ProxiedAddresses::new),
                Combinators.combine(six, six).as(ProxiedAddresses::new),
                Combinators.combine(four, six).as(ProxiedAddresses::new),
                Combinators.combine(six, four).as(ProxiedAddresses::new));
    }

    private static Arbitrary<InetSocketAddress> end(int bytes) {
        Arbitrary<byte[]> address = Arbitraries.bytes().array(byte[].class).ofSize(bytes);
        return Combinators.combine(address, Arbitraries.integers().between(0, 65_535))
                .as((raw, port) -> {
                    try {
                        return new InetSocketAddress(InetAddress.getByAddress(raw), port);
                    } catch (UnknownHostException e) {
                        throw new IllegalArgumentException(e);
                    }
                });
    }
}

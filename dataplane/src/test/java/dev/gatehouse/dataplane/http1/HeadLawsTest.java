package dev.gatehouse.dataplane.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of the head parsers, for heads, for heads with a few things wrong, and for anything at all. */
class HeadLawsTest {
    private static final HeadLimits LIMITS = new HeadLimits(1024, 20, 200);
    private static final byte[] NOTHING = {};
    private static final Provenance PROVENANCE =
            new Provenance(new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 4711), List.of(), "", 80, 0);

    @Provide
    Arbitrary<byte[]> requests() {
        return WireBytes.requests();
    }

    @Provide
    Arbitrary<byte[]> responses() {
        return WireBytes.responses();
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return WireBytes.cuts();
    }

    /** A parser's step, with what it has parsed when it is done. */
    private interface Parser {
        int parse(byte[] bytes, int limit);
    }

    /** Parses with only some octets in place at first; where none is yet, there is rubbish. */
    private static int inParts(byte[] bytes, List<Integer> cuts, Parser parser) {
        byte[] seen = new byte[bytes.length];
        Arrays.fill(seen, (byte) '\n');
        int done = 0;
        int result = FieldSection.MORE;
        for (int end : WireBytes.ends(bytes.length, cuts)) {
            System.arraycopy(bytes, done, seen, done, end - done);
            done = end;
            result = parser.parse(seen, end);
            if (result != FieldSection.MORE) {
                return result;
            }
        }
        return result;
    }

    private static List<String> lines(FieldSection head) {
        List<String> lines = new ArrayList<>();
        byte[] b = head.bytes();
        for (int i = 0; i < head.count(); i++) {
            lines.add(new String(b, head.nameStart(i), head.nameEnd(i) - head.nameStart(i), StandardCharsets.ISO_8859_1)
                    + "="
                    + new String(
                            b, head.valueStart(i), head.valueEnd(i) - head.valueStart(i), StandardCharsets.ISO_8859_1)
                    + (head.dropped(i) ? " dropped" : "") + " " + head.field(i));
        }
        return lines;
    }

    private static String text(byte[] b, int from, int length) {
        return new String(b, from, length, StandardCharsets.ISO_8859_1);
    }

    /** All that a request says, as text. */
    private static String told(RequestHead head, int result) {
        if (result < 0) {
            return result + " " + head.reason();
        }
        byte[] b = head.bytes();
        return List.of(
                        result,
                        head.method(),
                        text(b, head.pathStart(), head.pathLength()),
                        text(b, head.queryStart(), head.queryEnd() - head.queryStart()),
                        text(b, head.hostStart(), head.hostLength()),
                        text(b, head.authorityStart(), head.authorityEnd() - head.authorityStart()),
                        head.chunked(),
                        head.contentLength(),
                        head.keepAlive(),
                        head.webSocket(),
                        head.http10(),
                        lines(head))
                .toString();
    }

    private static String told(ResponseHead head, int result) {
        if (result < 0) {
            return result + " " + head.reason();
        }
        return List.of(
                        result,
                        head.status(),
                        head.framing(),
                        head.contentLength(),
                        head.keepAlive(),
                        head.webSocket(),
                        head.http10(),
                        lines(head))
                .toString();
    }

    private static int parse(RequestHead head, byte[] bytes) {
        head.reset(0);
        return head.parse(bytes, bytes.length, LIMITS);
    }

    private static int parse(ResponseHead head, byte[] bytes, boolean toHead) {
        head.reset(0);
        return head.parse(bytes, bytes.length, LIMITS, toHead);
    }

    @Property(tries = 4000)
    void aRequestIsReadTheSameHoweverItIsDivided(@ForAll("requests") byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
        RequestHead whole = new RequestHead();
        String expected = told(whole, parse(whole, bytes.clone()));
        RequestHead parts = new RequestHead();
        parts.reset(0);

        int result = inParts(bytes, cuts, (seen, limit) -> parts.parse(seen, limit, LIMITS));

        assertThat(told(parts, result)).isEqualTo(expected);
    }

    @Property(tries = 4000)
    void aResponseIsReadTheSameHoweverItIsDivided(
            @ForAll("responses") byte[] bytes, @ForAll("cuts") List<Integer> cuts, @ForAll boolean toHead) {
        ResponseHead whole = new ResponseHead();
        String expected = told(whole, parse(whole, bytes, toHead));
        ResponseHead parts = new ResponseHead();
        parts.reset(0);

        int result = inParts(bytes, cuts, (seen, limit) -> parts.parse(seen, limit, LIMITS, toHead));

        assertThat(told(parts, result)).isEqualTo(expected);
    }

    @Property(tries = 3000)
    void aParserRemembersNothingOfTheHeadBefore(
            @ForAll("requests") byte[] before, @ForAll("requests") byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
        RequestHead fresh = new RequestHead();
        String expected = told(fresh, parse(fresh, bytes.clone()));
        RequestHead used = new RequestHead();
        used.reset(0);
        inParts(before, cuts, (seen, limit) -> used.parse(seen, limit, LIMITS));

        assertThat(told(used, parse(used, bytes))).isEqualTo(expected);
    }

    @Property(tries = 3000)
    void aParserRemembersNothingOfTheResponseBefore(
            @ForAll("responses") byte[] before, @ForAll("responses") byte[] bytes, @ForAll boolean toHead) {
        ResponseHead fresh = new ResponseHead();
        String expected = told(fresh, parse(fresh, bytes, toHead));
        ResponseHead used = new ResponseHead();
        parse(used, before, !toHead);

        assertThat(told(used, parse(used, bytes, toHead))).isEqualTo(expected);
    }

    @Property(tries = 4000)
    void whatIsForwardedSaysTheSameAsWhatWasReadAndKeepsNothingOfTheHop(@ForAll("requests") byte[] bytes) {
        RequestHead head = new RequestHead();
        int result = parse(head, bytes);
        Assume.that(result > 0 && head.hostLength() > 0);
        HeadBuffer out = new HeadBuffer();
        RequestWriter.write(head, NOTHING, new AddedFields(), PROVENANCE, 1, 2, out);
        byte[] sent = Arrays.copyOf(out.bytes(), out.length());

        RequestHead again = new RequestHead();
        again.reset(0);
        assertThat(again.parse(sent, sent.length, new HeadLimits(8192, 100, 8192)))
                .as(text(sent, 0, sent.length))
                .isEqualTo(sent.length);

        assertThat(again.method()).isEqualTo(head.method());
        assertThat(text(sent, again.pathStart(), again.pathLength()))
                .isEqualTo(text(head.bytes(), head.pathStart(), head.pathLength()));
        assertThat(text(sent, again.hostStart(), again.hostLength()))
                .isEqualTo(text(head.bytes(), head.hostStart(), head.hostLength()));
        assertThat(again.chunked()).isEqualTo(head.chunked());
        assertThat(again.contentLength()).isEqualTo(head.contentLength());
        assertThat(again.webSocket()).isEqualTo(head.webSocket());
        assertThat(again.http10()).isFalse();
        assertThat(again.has(Field.bit(Field.KEEP_ALIVE) | Field.bit(Field.PROXY) | Field.bit(Field.TWIN)))
                .isFalse();
        assertThat(again.count() - head.count()).isLessThanOrEqualTo(12);
    }

    @Property(tries = 4000)
    void whatAClientGetsSaysTheSameAsWhatTheBackendSaid(@ForAll("responses") byte[] bytes) {
        ResponseHead head = new ResponseHead();
        int result = parse(head, bytes, false);
        Assume.that(result > 0 && head.status() != 101);
        boolean chunked =
                head.framing() == ResponseHead.Framing.CHUNKED || head.framing() == ResponseHead.Framing.UNTIL_CLOSE;
        HeadBuffer out = new HeadBuffer();
        ResponseWriter.write(head, new AddedFields(), chunked, ResponseWriter.Persistence.IMPLIED, NOTHING, out);
        byte[] sent = Arrays.copyOf(out.bytes(), out.length());

        ResponseHead again = new ResponseHead();
        again.reset(0);
        assertThat(again.parse(sent, sent.length, new HeadLimits(8192, 100, 0), false))
                .as(text(sent, 0, sent.length))
                .isEqualTo(sent.length);

        assertThat(again.status()).isEqualTo(head.status());
        assertThat(again.http10()).isFalse();
        assertThat(again.framing()).isEqualTo(chunked ? ResponseHead.Framing.CHUNKED : head.framing());
        assertThat(again.has(Field.HOP_BY_HOP & ~Field.bit(Field.TRANSFER_ENCODING)))
                .isFalse();
        if (head.framing() == ResponseHead.Framing.LENGTH) {
            assertThat(again.contentLength()).isEqualTo(head.contentLength());
        }
    }

    @Property(tries = 2000)
    void aHeadThatIsNotDoneAtItsLimitIsRefused(@ForAll("requests") byte[] begin, @ForAll byte filler) {
        byte[] endless = Arrays.copyOf(begin, 2 * LIMITS.maxBytes());
        Arrays.fill(endless, begin.length, endless.length, filler);
        RequestHead head = new RequestHead();
        int result = parse(head, endless);

        assertThat(result).isNotEqualTo(FieldSection.MORE).isLessThanOrEqualTo(LIMITS.maxBytes());
        assertThat(head.count()).isLessThanOrEqualTo(LIMITS.maxFields());
        assertThat(head.reason() == Reason.NONE).isEqualTo(result > 0);
    }

    @Property(tries = 2000)
    void aResponseHeadThatIsNotDoneAtItsLimitIsRefused(@ForAll("responses") byte[] begin, @ForAll byte filler) {
        byte[] endless = Arrays.copyOf(begin, 2 * LIMITS.maxBytes());
        Arrays.fill(endless, begin.length, endless.length, filler);
        ResponseHead head = new ResponseHead();
        int result = parse(head, endless, false);

        assertThat(result).isNotEqualTo(FieldSection.MORE).isLessThanOrEqualTo(LIMITS.maxBytes());
        assertThat(head.count()).isLessThanOrEqualTo(LIMITS.maxFields());
        assertThat(head.reason() == Reason.NONE).isEqualTo(result > 0);
    }

    @Property(tries = 2000)
    void nothingInAnAcceptedHeadCanEndALine(@ForAll("requests") byte[] bytes) {
        RequestHead head = new RequestHead();
        Assume.that(parse(head, bytes) > 0);

        assertThat(text(head.bytes(), head.pathStart(), head.pathLength())).doesNotContainPattern("[\\x00-\\x20\\x7f]");
        assertThat(lines(head)).allSatisfy(line -> assertThat(line).doesNotContainPattern("[\\x00\\r\\n]"));
    }

    @Property(tries = 2000)
    void theEndOfAValueIsWhereItsFirstForbiddenOctetIs(
            @ForAll("requests") byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
        int from = bytes.length == 0 || cuts.isEmpty() ? 0 : cuts.getFirst() % bytes.length;
        int plain = from;
        while (plain < bytes.length
                && (bytes[plain] == '\t' || bytes[plain] < 0 || bytes[plain] >= 0x20)
                && bytes[plain] != 0x7f) {
            plain++;
        }
        assertThat(Octets.valueEnd(bytes, from, bytes.length)).isEqualTo(plain);
    }
}

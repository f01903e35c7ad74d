package dev.gatehouse.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of RFC 7541, appendix C: the octets of each connection's blocks, and the fields that they stand for. */
final class Rfc7541ExamplesTest {
    private static final List<String> REQUEST_1 =
            List.of(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
    private static final List<String> REQUEST_2 = List.of(
            ":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com", "cache-control: no-cache");
    private static final List<String> REQUEST_3 = List.of(
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value");
    private static final List<String> RESPONSE_1 = List.of(
            ":status: 302",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com");
    private static final List<String> RESPONSE_2 = List.of(
            ":status: 307",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:21 GMT",
            "location: https://www.example.com");
    private static final List<String> RESPONSE_3 = List.of(
            ":status: 200",
            "cache-control: private",
            "date: Mon, 21 Oct 2013 20:13:22 GMT",
            "location: https://www.example.com",
            "content-encoding: gzip",
            "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");

    /** The examples with responses need a table of 256 octets; the encoder may say so itself (6.3). */
    private static final String TABLE_OF_256 = "3fe101";

    record Block(String octets, List<String> fields) {}

    record Example(String section, List<Block> blocks) {
        @Override
        public String toString() {
            return section;
        }
    }

    static List<Example> examples() {
        return List.of(
                new Example(
                        "C.2.1 literal with indexing",
                        List.of(
                                new Block(
                                        "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
                                        List.of("custom-key: custom-header")),
                                new Block("be", List.of("custom-key: custom-header")))),
                new Example(
                        "C.2.2 literal without indexing",
                        List.of(new Block("040c2f73616d706c652f70617468", List.of(":path: /sample/path")))),
                new Example(
                        "C.2.3 literal never indexed",
                        List.of(new Block("100870617373776f726406736563726574", List.of("password: secret")))),
                new Example("C.2.4 indexed", List.of(new Block("82", List.of(":method: GET")))),
                new Example(
                        "C.3 requests",
                        List.of(
                                new Block("828684410f7777772e6578616d706c652e636f6d", REQUEST_1),
                                new Block("828684be58086e6f2d6361636865", REQUEST_2),
                                new Block("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", REQUEST_3))),
                new Example(
                        "C.4 requests with Huffman coding",
                        List.of(
                                new Block("828684418cf1e3c2e5f23a6ba0ab90f4ff", REQUEST_1),
                                new Block("828684be5886a8eb10649cbf", REQUEST_2),
                                new Block("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", REQUEST_3))),
                new Example(
                        "C.5 responses",
                        List.of(
                                new Block(
                                        TABLE_OF_256
                                                + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031"
                                                + "332032303a31333a323120474d546e1768747470733a2f2f7777772e657861"
                                                + "6d706c652e636f6d",
                                        RESPONSE_1),
                                new Block("4803333037c1c0bf", RESPONSE_2),
                                new Block(
                                        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c0"
                                                + "5a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f504955"
                                                + "41585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
                                        RESPONSE_3))),
                new Example(
                        "C.6 responses with Huffman coding",
                        List.of(
                                new Block(
                                        TABLE_OF_256
                                                + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082"
                                                + "a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
                                        RESPONSE_1),
                                new Block("4883640effc1c0bf", RESPONSE_2),
                                new Block(
                                        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad"
                                                + "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f95"
                                                + "87316065c003ed4ee5b1063d5007",
                                        RESPONSE_3))));
    }

    @ParameterizedTest
    @MethodSource("examples")
    void theExamplesOfTheSpecificationAreRead(Example example) {
        HpackDecoder decoder = new HpackDecoder();
        for (Block block : example.blocks()) {
            byte[] octets = ByteBufUtil.decodeHexDump(block.octets());
            List<String> fields = new ArrayList<>();
            decoder.decode(
                    octets,
                    0,
                    octets.length,
                    (name, nameFrom, nameLength, value, valueFrom, valueLength) ->
                            fields.add(new String(name, nameFrom, nameLength, StandardCharsets.US_ASCII) + ": "
                                    + new String(value, valueFrom, valueLength, StandardCharsets.US_ASCII)));

            assertThat(fields).isEqualTo(block.fields());
        }
    }
}

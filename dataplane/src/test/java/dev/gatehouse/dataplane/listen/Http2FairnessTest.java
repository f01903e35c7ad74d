package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.RecordingBackend;
import dev.gatehouse.testkit.flood.Frame;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The window of a connection is for all of its streams (RFC 9113, 5.2.1). */
final class Http2FairnessTest {
    private static final int INITIAL_WINDOW_SIZE = 4;

    /** Whichever streams they are: the order in which streams are kept must not favour any. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void oneLargeDownloadDoesNotStarveTheOthers(int large) {
        int block = 16_384;
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    for (String head = conversation.head(); !head.isEmpty(); head = conversation.head()) {
                        if (head.contains("/large")) {
                            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                            for (int i = 0; i < 1_000_000_000 / block; i++) {
                                conversation.send(new byte[block]);
                            }
                        } else {
                            conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + "s".repeat(3_000));
                        }
                    }
                });
                ProxyFixture proxy = new ProxyFixture()
                        .routeTo(backend.address())
                        .listener(settings -> settings.setHttp2Cleartext(true));
                FramePeer client = FramePeer.client(proxy.port(), INITIAL_WINDOW_SIZE, 1_000_000_000)) {
            int largeId = 1 + 2 * large;
            for (int id = 1; id < 1 + 2 * large; id += 2) {
                client.get(id, "/first");
                assertThat(client.message(id).body()).hasSize(3_000);
            }
            client.get(largeId, "/large");
            client.awaitData(largeId, 65_535 - 3_000L * large);
            int small = largeId + 2;
            for (int id = small; id < small + 6; id += 2) {
                client.get(id, "/small");
            }
            for (int id = small; id < small + 6; id += 2) {
                client.await(Frame.HEADERS, id);
            }
            // Room comes in small pieces; a fair share of it is enough for the small ones.
            int given = 0;
            while (given < 200_000
                    && client.dataOctets(small) + client.dataOctets(small + 2) + client.dataOctets(small + 4) < 9_000) {
                client.window(0, 1_000).settle();
                given += 1_000;
            }
            for (int id = small; id < small + 6; id += 2) {
                assertThat(client.dataOctets(id))
                        .as("stream %s of %s octets given", id, given)
                        .isEqualTo(3_000);
            }
        }
    }
}

package dev.gatehouse.dataplane.listen.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Of many clients that say hello at once, one begins in each turn of the loop. */
class HandshakeTurnsTest {
    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private final HandshakeTurns turns = new HandshakeTurns(later::add);

    private EmbeddedChannel client() {
        return new EmbeddedChannel(new HandshakeTurn(turns));
    }

    private static ByteBuf octets(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static String received(EmbeddedChannel channel) {
        StringBuilder all = new StringBuilder();
        for (ByteBuf in = channel.readInbound(); in != null; in = channel.readInbound()) {
            all.append(in.toString(StandardCharsets.US_ASCII));
            in.release();
        }
        return all.toString();
    }

    private void nextTurn() {
        assertThat(later).hasSize(1);
        later.remove().run();
    }

    @Test
    void whoComesAloneDoesNotWait() {
        EmbeddedChannel client = client();
        client.writeInbound(octets("hello"));
        assertThat(received(client)).isEqualTo("hello");
        client.writeInbound(octets(" again"));
        assertThat(received(client)).isEqualTo(" again");
        nextTurn();
        assertThat(later).as("nothing is left to be done").isEmpty();
    }

    @Test
    void oneBeginsInEachTurnAndTheFirstToComeIsTheFirst() {
        List<EmbeddedChannel> clients =
                IntStream.range(0, 4).mapToObj(i -> client()).toList();
        clients.forEach(client -> client.writeInbound(octets("hello")));
        for (int begun = 1; begun <= clients.size(); begun++) {
            for (int i = 0; i < clients.size(); i++) {
                assertThat(received(clients.get(i))).isEqualTo(i == begun - 1 ? "hello" : "");
            }
            nextTurn();
        }
        assertThat(later).isEmpty();
    }

    @Test
    void whatComesMeanwhileIsKeptInOrder() {
        client().writeInbound(octets("first"));
        EmbeddedChannel second = client();
        second.writeInbound(octets("hel"));
        second.writeInbound(octets("lo"));
        assertThat(second.config().isAutoRead()).isFalse();
        nextTurn();
        assertThat(received(second)).isEqualTo("hello");
        assertThat(second.config().isAutoRead()).isTrue();
    }

    @Test
    void whoLeftTakesNobodysTurn() {
        client().writeInbound(octets("first"));
        EmbeddedChannel gone = client();
        gone.writeInbound(octets("hello"));
        EmbeddedChannel there = client();
        there.writeInbound(octets("hello"));
        assertThat(gone.close().isDone()).isTrue();
        nextTurn();
        assertThat(received(there)).isEqualTo("hello");
        assertThat(received(gone)).isEmpty();
    }
}

package dev.gatehouse.snapshot.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.NodeMessage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FramesTest {

    private static final int LIMIT = 1024;

    private static NodeMessage message(Random random) {
        return NodeMessage.newBuilder()
                .setHello(Hello.newBuilder().setFleet("n".repeat(random.nextInt(300))))
                .build();
    }

    /** However the network cuts the bytes, the same messages come out in the same order. */
    @Property(tries = 300)
    void messagesSurviveAnyCutting(@ForAll long seed) throws Frames.FramingException {
        Random random = new Random(seed);
        List<NodeMessage> sent = new ArrayList<>();
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        for (int i = random.nextInt(8); i > 0; i--) {
            NodeMessage message = message(random);
            sent.add(message);
            wire.writeBytes(Frames.encode(message));
        }
        byte[] all = wire.toByteArray();
        Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), LIMIT);
        List<NodeMessage> received = new ArrayList<>();
        for (int at = 0; at < all.length; ) {
            int next = Math.min(all.length, at + 1 + random.nextInt(200));
            received.addAll(frames.feed(Arrays.copyOfRange(all, at, next)));
            at = next;
        }
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void aMessageLongerThanAllowedIsRefusedByItsPrefixAlone() {
        Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), LIMIT);
        assertThatThrownBy(() -> frames.feed(new byte[] {0, 0, 0, 4, 1}))
                .isInstanceOfSatisfying(
                        Frames.FramingException.class,
                        e -> assertThat(e.status()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED))
                .hasMessageContaining("1025");
    }

    @Test
    void aLengthWithTheHighestBitSetIsNoNegativeNumber() {
        Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), LIMIT);
        assertThatThrownBy(() -> frames.feed(new byte[] {0, -1, -1, -1, -1})).hasMessageContaining("4294967295");
    }

    @Test
    void compressionIsNotSpoken() {
        Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), LIMIT);
        assertThatThrownBy(() -> frames.feed(new byte[] {1, 0, 0, 0, 0}))
                .isInstanceOfSatisfying(
                        Frames.FramingException.class,
                        e -> assertThat(e.status()).isEqualTo(GrpcStatus.UNIMPLEMENTED));
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        Frames<NodeMessage> frames = new Frames<>(NodeMessage.parser(), LIMIT);
        byte[] broken = ByteString.fromHex("00000000020aff").toByteArray();
        assertThatThrownBy(() -> frames.feed(broken))
                .isInstanceOfSatisfying(
                        Frames.FramingException.class,
                        e -> assertThat(e.status()).isEqualTo(GrpcStatus.INVALID_ARGUMENT));
    }

    @Property(tries = 300)
    void statusMessagesSurviveTheHeader(@ForAll String text) {
        // A lone surrogate has no UTF-8 form; Java writes '?' for it.
        String message = new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.nio.charset.StandardCharsets.UTF_8);
        String encoded = GrpcStatus.encodeMessage(message);
        assertThat(encoded).matches("[ -~]*");
        assertThat(GrpcStatus.decodeMessage(encoded)).isEqualTo(message);
    }

    @Test
    void aBrokenEncodingIsShownAsItCame() {
        assertThat(GrpcStatus.decodeMessage("50%, a+b %zz %")).isEqualTo("50%, a+b %zz %");
    }

    @Test
    void statusNumbersAreGrpcs() {
        assertThat(GrpcStatus.ofCode("14")).isEqualTo(GrpcStatus.UNAVAILABLE);
        assertThat(GrpcStatus.ofCode("99")).isEqualTo(GrpcStatus.UNKNOWN);
        assertThat(GrpcStatus.UNAUTHENTICATED.code()).isEqualTo(16);
    }
}

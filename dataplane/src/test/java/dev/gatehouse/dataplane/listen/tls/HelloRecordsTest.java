package dev.gatehouse.dataplane.listen.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.listen.Hello;
import dev.gatehouse.dataplane.listen.tls.HelloRecords.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Finding a ClientHello in what a connection begins with. */
final class HelloRecordsTest {
    private static final byte[] HELLO = Hello.of("vault.example.com");
    private static final int HEADS = 5 + 4;

    private static Progress advance(byte... received) {
        HelloRecords records = new HelloRecords(UnpooledByteBufAllocator.DEFAULT);
        try {
            return records.advance(Unpooled.wrappedBuffer(received));
        } finally {
            records.release();
        }
    }

    @Property(tries = 200)
    void aHelloIsTheSameHoweverItIsCut(
            @ForAll @IntRange(min = 1, max = 600) int inRecord, @ForAll @IntRange(min = 1, max = 900) int atOnce) {
        byte[] sent = Hello.inRecordsOf(inRecord, HELLO);
        HelloRecords records = new HelloRecords(UnpooledByteBufAllocator.DEFAULT);
        ByteBuf received = Unpooled.buffer().writeZero(3).skipBytes(3); // as behind a PROXY header
        Progress progress = Progress.MORE;
        for (int from = 0; from < sent.length; from += atOnce) {
            assertThat(progress).isEqualTo(Progress.MORE);
            received.writeBytes(sent, from, Math.min(atOnce, sent.length - from));
            progress = records.advance(received);
        }
        assertThat(progress).isEqualTo(Progress.WHOLE);
        assertThat(ByteBufUtil.getBytes(records.body())).isEqualTo(Arrays.copyOfRange(HELLO, HEADS, HELLO.length));
        assertThat(ClientHello.read(records.body()).serverName()).isEqualTo("vault.example.com");
        assertThat(received.readerIndex()).isEqualTo(3);
        records.release();
    }

    @Property(tries = 1_000)
    void noOctetsConfuseIt(@ForAll @Size(max = 200) byte[] anything) {
        assertThat(advance(anything)).isIn(Progress.MORE, Progress.OTHER, Progress.TOO_LONG);
    }

    @Test
    void whatIsNoHelloIsTold() {
        assertThat(advance((byte) 'G')).isEqualTo(Progress.OTHER);
        assertThat(advance((byte) 21, (byte) 3, (byte) 3)).isEqualTo(Progress.OTHER); // an alert
        assertThat(advance((byte) 22, (byte) 2)).isEqualTo(Progress.OTHER); // no version of TLS
        assertThat(advance((byte) 22, (byte) 3, (byte) 1, (byte) 0, (byte) 0)).isEqualTo(Progress.OTHER); // empty
        assertThat(advance((byte) 22, (byte) 3, (byte) 1, (byte) 0, (byte) 1, (byte) 2))
                .isEqualTo(Progress.OTHER); // a ServerHello
        assertThat(advance((byte) 22, (byte) 3, (byte) 1, (byte) 0x40, (byte) 1))
                .isEqualTo(Progress.OTHER);
    }

    @Test
    void aHelloThatIsLongerThanAnyonesIsRefusedBeforeItIsThere() {
        assertThat(advance((byte) 22, (byte) 3, (byte) 1, (byte) 0, (byte) 4, (byte) 1, (byte) 1, (byte) 0, (byte) 1))
                .isEqualTo(Progress.TOO_LONG);
    }

    @Test
    void recordsOfOneOctetHaveAnEndToo() {
        HelloRecords records = new HelloRecords(UnpooledByteBufAllocator.DEFAULT);
        ByteBuf received = Unpooled.buffer();
        byte[] message = new byte[60_000];
        message[0] = 1;
        message[2] = (byte) 0xea;
        Progress progress = Progress.MORE;
        int i = 0;
        for (; progress == Progress.MORE && i < message.length; i++) {
            received.writeBytes(new byte[] {22, 3, 1, 0, 1, message[i]});
            progress = records.advance(received);
        }
        assertThat(progress).isEqualTo(Progress.TOO_LONG);
        assertThat(received.readableBytes()).isLessThan(HelloRecords.MAX_BYTES + 100);
        records.release();
    }
}

package dev.gatehouse.dataplane.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import dev.gatehouse.dataplane.observe.PassthroughEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/reasons.md lists every reason to close a connection as the code has it. */
class DocumentedRefusalsTest {

    private static void assertDocumented(String code, String sentence) throws IOException {
        assertThat(Files.readAllLines(Path.of("../docs/reasons.md"))).contains("| `" + code + "` | " + sentence + " |");
    }

    @ParameterizedTest
    @EnumSource
    void isDocumented(ConnectionRefusal refusal) throws IOException {
        assertDocumented(refusal.code(), refusal.sentence());
    }

    @ParameterizedTest
    @EnumSource
    void endsOfWhatWasPassedThroughAre(PassthroughEnd end) throws IOException {
        assertDocumented(end.code(), end.sentence());
    }
}

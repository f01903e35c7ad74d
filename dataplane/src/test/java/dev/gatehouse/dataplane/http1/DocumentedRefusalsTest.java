package dev.gatehouse.dataplane.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dataplane.observe.ConnectionRefusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/reasons.md lists every reason to close a connection as the code has it. */
class DocumentedRefusalsTest {

    @ParameterizedTest
    @EnumSource
    void isDocumented(ConnectionRefusal refusal) throws IOException {
        assertThat(Files.readAllLines(Path.of("../docs/reasons.md")))
                .contains("| `" + refusal.code() + "` | " + refusal.sentence() + " |");
    }
}

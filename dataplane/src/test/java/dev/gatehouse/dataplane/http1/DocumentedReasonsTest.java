package dev.gatehouse.dataplane.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/reasons.md lists every reason as the code has it. */
class DocumentedReasonsTest {

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void isDocumented(Reason reason) throws IOException {
        assertThat(Files.readAllLines(Path.of("../docs/reasons.md")))
                .contains("| " + reason.status() + " | `" + reason.code() + "` | "
                        + reason.sentence().replace("|", "\\|") + " |");
    }
}

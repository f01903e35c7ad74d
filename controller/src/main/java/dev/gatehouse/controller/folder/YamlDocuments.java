package dev.gatehouse.controller.folder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Splits a text into its YAML documents; JSON is YAML (1.2). */
final class YamlDocuments {

    // A manifest of 10,000 paths has some 4 MiB; a hostile file must still not take the machine.
    private static final int MAX_CODE_POINTS = 64 << 20;
    private static final int MAX_ALIASES = 50;

    private YamlDocuments() {}

    /** Roots of the documents, empty ones left out. */
    static List<Node> read(String text) throws BrokenFileException {
        LoadSettings settings = LoadSettings.builder()
                .setUseMarks(true)
                .setCodePointLimit(MAX_CODE_POINTS)
                .setMaxAliasesForCollections(MAX_ALIASES)
                .build();
        List<Node> documents = new ArrayList<>();
        try {
            new Compose(settings).composeAllFromString(text).forEach(documents::add);
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw new BrokenFileException(line, "is no YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new BrokenFileException(1, "is no YAML: " + firstLine(Optional.ofNullable(e.getMessage())));
        }
        return documents;
    }

    private static String firstLine(Optional<String> message) {
        return message.flatMap(m -> m.lines().findFirst()).orElse("it cannot be read");
    }
}

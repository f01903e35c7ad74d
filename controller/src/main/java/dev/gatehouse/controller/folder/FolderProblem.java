package dev.gatehouse.controller.folder;

import dev.gatehouse.controller.model.Severity;
import java.nio.file.Path;
import java.util.Comparator;

/**
 * Something wrong with a file.
 *
 * @param severity {@link Severity#ERROR}: the file is refused as a whole, and what it said before stays
 * @param file path within the folder
 * @param line from 1
 * @param message a sentence for people
 */
public record FolderProblem(Severity severity, Path file, int line, String message)
        implements Comparable<FolderProblem> {

    private static final Comparator<FolderProblem> ORDER = Comparator.comparing(FolderProblem::file)
            .thenComparingInt(FolderProblem::line)
            .thenComparing(FolderProblem::message);

    @Override
    public int compareTo(FolderProblem other) {
        return ORDER.compare(this, other);
    }

    /** As compilers write it, so that editors can jump there. */
    @Override
    public String toString() {
        return file + ":" + line + ": " + (severity == Severity.WARNING ? "warning: " : "") + message;
    }
}

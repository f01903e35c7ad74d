package dev.gatehouse.controller.folder;

import dev.gatehouse.controller.compile.Change;
import java.util.List;

/**
 * What a look at the folder found.
 *
 * @param changes since the look before
 * @param problems that there are now, in order of file and line; the same list again if nothing became better or worse
 */
public record FolderBatch(List<Change> changes, List<FolderProblem> problems) {}

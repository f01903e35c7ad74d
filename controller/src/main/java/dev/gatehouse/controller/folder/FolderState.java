package dev.gatehouse.controller.folder;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the files of a folder say, and what is taken of it. Pure: contents and time are passed in. Not safe to share between
 * threads.
 *
 * <p>A file counts once two looks found the same content, so that a half-written one does not. A file that is gone or empty
 * counts only after {@link #ABSENCE}: many editors write a file by removing or emptying it first.
 */
final class FolderState {

    /** How long a file must be gone or empty before its objects go, and what is wrong with it. */
    static final Duration ABSENCE = Duration.ofMillis(400);

    private final ManifestReader reader = new ManifestReader();
    private final TreeMap<Path, FileState> files = new TreeMap<>();
    private Map<ObjectKey, FolderObject> served = Map.of();

    private static final class FileState {
        private String seen = "";
        private Optional<String> read = Optional.empty();
        private long missingSinceNanos = -1;
        private boolean settled;
        private List<FolderObject> objects = List.of();
        private List<FolderProblem> problems = List.of();
    }

    /**
     * Takes over what a look found.
     *
     * @param contents text by path within the folder
     * @param nowNanos time of the look, in nanoseconds of any origin
     * @param patient whether unsettled files wait for another look; the first look of all cannot wait
     */
    FolderBatch look(Map<Path, String> contents, long nowNanos, boolean patient) {
        TreeSet<Path> all = new TreeSet<>(files.keySet());
        all.addAll(contents.keySet());
        for (Path file : all) {
            FileState state = files.computeIfAbsent(file, f -> new FileState());
            String text = contents.getOrDefault(file, "");
            boolean empty = text.isBlank();
            if (!empty) {
                state.missingSinceNanos = -1;
                state.settled = !patient || text.equals(state.seen);
            } else if (state.missingSinceNanos < 0) {
                state.missingSinceNanos = nowNanos;
                state.settled = !patient || (state.objects.isEmpty() && state.problems.isEmpty());
            } else {
                state.settled = nowNanos - state.missingSinceNanos >= ABSENCE.toNanos();
            }
            state.seen = text;
            if (state.settled && !state.read.equals(Optional.of(text))) {
                read(file, state, text);
            }
            if (state.settled && !contents.containsKey(file)) {
                files.remove(file);
            }
        }
        return merge();
    }

    /** Whether another look is due soon, although nothing more may happen to the files. */
    boolean isUnsettled() {
        return files.values().stream().anyMatch(file -> !file.settled);
    }

    /** What is taken of the folder. */
    Map<ObjectKey, FolderObject> served() {
        return served;
    }

    private void read(Path file, FileState state, String text) {
        state.read = Optional.of(text);
        try {
            ManifestReader.Manifests manifests = reader.read(file, text);
            state.objects = manifests.objects();
            state.problems = manifests.warnings();
        } catch (BrokenFileException e) {
            String kept = state.objects.isEmpty()
                    ? ". Nothing of the file is served"
                    : ". What the file said before is still served";
            state.problems = List.of(new FolderProblem(Severity.ERROR, file, e.line(), e.reason() + kept));
        }
    }

    private FolderBatch merge() {
        List<FolderProblem> problems = new ArrayList<>();
        Map<ObjectKey, FolderObject> next = new TreeMap<>();
        for (FileState state : files.values()) {
            problems.addAll(state.problems);
            for (FolderObject object : state.objects) {
                FolderObject first = next.putIfAbsent(object.model().key(), object);
                if (first != null) {
                    problems.add(new FolderProblem(
                            Severity.ERROR,
                            object.file(),
                            object.lines().first(),
                            object.model().key() + " is also in " + first.file() + ":"
                                    + first.lines().first() + ", and that one is served; remove one of them"));
                }
            }
        }
        List<Change> changes = new ArrayList<>();
        for (FolderObject object : next.values()) {
            FolderObject before = served.get(object.model().key());
            if (before == null || !before.model().equals(object.model())) {
                changes.add(new Change.Upsert(object.model()));
            }
        }
        for (ObjectKey key : served.keySet()) {
            if (!next.containsKey(key)) {
                changes.add(new Change.Delete(key));
            }
        }
        served = Collections.unmodifiableMap(next);
        Collections.sort(problems);
        return new FolderBatch(List.copyOf(changes), List.copyOf(problems));
    }
}

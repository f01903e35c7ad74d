package dev.gatehouse.controller.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.Change;
import dev.gatehouse.controller.model.ObjectKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FolderStateTest {

    private static final Path A = Path.of("a.yaml");
    private static final Path B = Path.of("b.yaml");
    private static final ObjectKey API = ObjectKey.service("default", "api");

    private final FolderState state = new FolderState();
    private final Map<Path, String> files = new TreeMap<>();
    private long now = 1_000_000_000L;

    private static String service(String name, int port) {
        return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + "}\nspec: {ports: [{port: " + port + "}]}\n";
    }

    private FolderBatch start() {
        return state.look(files, now, false);
    }

    /** Looks until the files are quiet and everything that waits for time has had it. */
    private FolderBatch settle() {
        state.look(files, now, true);
        now += FolderState.ABSENCE.toNanos();
        return state.look(files, now, true);
    }

    private static List<ObjectKey> upserted(FolderBatch batch) {
        return batch.changes().stream()
                .filter(Change.Upsert.class::isInstance)
                .map(Change::key)
                .toList();
    }

    private static List<ObjectKey> deleted(FolderBatch batch) {
        return batch.changes().stream()
                .filter(Change.Delete.class::isInstance)
                .map(Change::key)
                .toList();
    }

    @Test
    void theFirstLookTakesTheFilesAsTheyAre() {
        files.put(A, service("api", 80));

        assertThat(upserted(start())).containsExactly(API);
        assertThat(start().changes()).isEmpty();
    }

    @Test
    void anEditCountsOnceTwoLooksFoundTheSame() {
        files.put(A, service("api", 80));
        start();

        files.put(A, service("api", 81));
        assertThat(state.look(files, now, true).changes()).isEmpty();
        assertThat(state.isUnsettled()).isTrue();
        files.put(A, service("api", 82));
        assertThat(state.look(files, now, true).changes()).isEmpty();
        assertThat(upserted(state.look(files, now, true))).containsExactly(API);
        assertThat(state.isUnsettled()).isFalse();
    }

    @Test
    void aBrokenFileKeepsWhatItSaidBefore() {
        files.put(A, service("api", 80));
        start();

        files.put(A, service("api", 80).replace("ports", "prots"));
        FolderBatch batch = settle();

        assertThat(batch.changes()).isEmpty();
        assertThat(batch.problems())
                .extracting(FolderProblem::toString)
                .containsExactly(
                        "a.yaml:4: spec has no field 'prots'; did you mean 'ports'?. What the file said before is still served");
        assertThat(state.served()).containsKey(API);

        files.put(A, service("api", 81));
        FolderBatch mended = settle();
        assertThat(mended.problems()).isEmpty();
        assertThat(state.served()).containsKey(API);
    }

    @Test
    void aBrokenFileDoesNotHoldBackTheOthers() {
        files.put(A, "kind: [");
        files.put(B, service("api", 80));

        FolderBatch batch = start();

        assertThat(upserted(batch)).containsExactly(API);
        assertThat(batch.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo(A);
            assertThat(problem.message()).endsWith("Nothing of the file is served");
        });
    }

    @Test
    void aFileThatIsAwayForAMomentLosesNothing() {
        files.put(A, service("api", 80));
        start();

        files.remove(A);
        assertThat(state.look(files, now, true).changes()).isEmpty();
        now += FolderState.ABSENCE.toNanos() - 1;
        assertThat(state.look(files, now, true).changes()).isEmpty();
        files.put(A, service("api", 80));
        assertThat(settle().changes()).isEmpty();
        assertThat(settle().changes()).isEmpty();
    }

    @Test
    void aFileThatIsEmptiedForAMomentLosesNothing() {
        files.put(A, service("api", 80));
        start();

        files.put(A, "");
        assertThat(state.look(files, now, true).changes()).isEmpty();
        files.put(A, service("api", 81));
        assertThat(upserted(settle())).containsExactly(API);
    }

    /** It is being written anew: that nothing is wrong with it is not known yet. */
    @Test
    void aBrokenFileThatIsEmptiedForAMomentStaysBroken() {
        files.put(A, "kind: [\n");
        assertThat(start().problems()).hasSize(1);

        files.put(A, "");
        assertThat(state.look(files, now, true).problems()).hasSize(1);
        assertThat(state.isUnsettled()).isTrue();
        assertThat(settle().problems()).isEmpty();
    }

    @Test
    void aDeletedFileTakesItsObjectsWithIt() {
        files.put(A, service("api", 80));
        start();

        files.remove(A);

        assertThat(deleted(settle())).containsExactly(API);
        assertThat(state.isUnsettled()).isFalse();
    }

    @Test
    void anObjectInTwoFilesIsThatOfTheFirstUntilItGoes() {
        files.put(A, service("api", 80));
        files.put(B, service("api", 81));

        FolderBatch batch = start();
        assertThat(upserted(batch)).containsExactly(API);
        assertThat(batch.problems())
                .extracting(FolderProblem::toString)
                .containsExactly(
                        "b.yaml:1: Service default/api is also in a.yaml:1, and that one is served; remove one of them");

        files.remove(A);
        FolderBatch moved = settle();
        assertThat(upserted(moved)).containsExactly(API);
        assertThat(deleted(moved)).isEmpty();
        assertThat(moved.problems()).isEmpty();
    }
}

package dev.gatehouse.controller.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ModelParser;
import dev.gatehouse.controller.model.ObjectKey;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusBoardTest {

    private static final FleetKey FLEET = new FleetKey("edge", "default");
    private static final int MANY = 500;

    private final StatusBoard board = new StatusBoard();

    private static ObjectKey ingress(int number) {
        return new ObjectKey(Kind.INGRESS, "shop", "i" + number);
    }

    private void see(int number) {
        Ingress object = new IngressBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("i" + number)
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build();
        board.seen(object, ModelParser.parse(object));
    }

    private List<ObjectKey> all() throws InterruptedException {
        List<ObjectKey> all = new ArrayList<>();
        for (var next = board.next(Duration.ZERO); next.isPresent(); next = board.next(Duration.ZERO)) {
            all.add(next.get());
        }
        return all;
    }

    @Test
    void whatHasJustChangedDoesNotWaitBehindEverything() throws InterruptedException {
        for (int i = 0; i < MANY; i++) {
            see(i);
        }
        board.lookAtAll();
        board.look(ingress(77));
        assertThat(board.next(Duration.ZERO)).contains(ingress(77));
        assertThat(board.waiting()).isEqualTo(MANY - 1);
        assertThat(all()).hasSize(MANY - 1).doesNotContain(ingress(77)).doesNotHaveDuplicates();
    }

    @Test
    void howeverManyDataPlanesTellSomethingWhatIsNotLiveIsLookedAtOnce() throws InterruptedException {
        for (int i = 0; i < MANY; i++) {
            board.programmed(ingress(i), false);
        }
        for (int i = 0; i < 300; i++) {
            board.receiptsChanged(FLEET);
        }
        assertThat(all()).hasSize(MANY).doesNotHaveDuplicates();
        board.receiptsChanged(FLEET);
        assertThat(all()).as("many are not looked at again at once").isEmpty();
        assertThat(board.next(Duration.ofMinutes(1))).as("but soon").isPresent();
    }

    @Test
    void fewAreLookedAtAtOnce() throws InterruptedException {
        board.programmed(ingress(1), false);
        for (int i = 0; i < 3; i++) {
            board.receiptsChanged(FLEET);
            assertThat(all()).containsExactly(ingress(1));
        }
        board.programmed(ingress(1), true);
        board.receiptsChanged(FLEET);
        assertThat(all()).isEmpty();
    }
}

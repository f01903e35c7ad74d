package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.Histories.Event;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The law of the compiler: any sequence of events gives byte for byte what compiling the final objects anew gives. */
class IncrementalLawTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    @Provide
    Arbitrary<List<Event>> histories() {
        return Histories.any();
    }

    /** Whatever was held back on the way, nothing of it is left once it is released. */
    @Property(tries = 300)
    void whatWasHeldBackAndIsReleasedIsWhatItWouldHaveBeen(@ForAll("histories") List<Event> history) {
        World cautious = new World(WorldOptions.cluster(FLEET, FLEET.namespace(), new BlastRadius(20, 1)));
        World careless = new World(WorldOptions.cluster(FLEET));
        List<Change> batch = new ArrayList<>();
        for (Event event : history) {
            batch.add(event.change());
            if (event.endsBatch()) {
                cautious.apply(batch);
                careless.apply(batch);
                batch = new ArrayList<>();
            }
        }
        cautious.apply(batch);
        careless.apply(batch);
        Set.copyOf(cautious.fleets()).forEach(cautious::release);

        if (!cautious.kept().equals(careless.kept())) {
            return; // a Secret that was broken while what is held back referred to it is kept, as it should be
        }
        for (FleetKey fleet : careless.fleets()) {
            assertThat(cautious.held(fleet)).isEmpty();
            assertThat(cautious.snapshot(fleet).sorted())
                    .isEqualTo(careless.snapshot(fleet).sorted());
        }
        assertThat(cautious.verdicts()).isEqualTo(careless.verdicts());
    }

    /** Anew means for a Secret whose last good certificate is kept: that one first, then what it is now. */
    @Property(tries = 1000)
    void anyHistoryGivesWhatAFullCompileGives(@ForAll("histories") List<Event> history, @ForAll long seed) {
        World incremental = new World(WorldOptions.cluster(FLEET));
        Map<ObjectKey, ResourceModel> objects = new LinkedHashMap<>();
        Map<ObjectKey, ResourceModel> lastGood = new LinkedHashMap<>();
        List<Change> batch = new ArrayList<>();
        for (Event event : history) {
            ResourceModel model = event.model();
            if (event.gone()) {
                objects.remove(model.key());
            } else {
                objects.put(model.key(), model);
                if (Histories.servable(model)) {
                    lastGood.put(model.key(), model);
                }
            }
            batch.add(event.change());
            if (event.endsBatch()) {
                incremental.apply(batch);
                batch = new ArrayList<>();
            }
        }
        incremental.apply(batch);

        Set<ObjectKey> kept = incremental.kept();
        List<Change> anew = new ArrayList<>();
        List<Change> bad = new ArrayList<>();
        objects.forEach((key, model) -> (kept.contains(key) ? bad : anew).add(new Change.Upsert(model)));
        for (ObjectKey key : kept) {
            anew.add(new Change.Upsert(java.util.Objects.requireNonNull(lastGood.get(key))));
            if (!objects.containsKey(key)) {
                bad.add(new Change.Delete(key));
            }
            assertThat(Histories.servable(objects.get(key))).isFalse();
        }
        Collections.shuffle(anew, new Random(seed));
        World full = new World(WorldOptions.cluster(FLEET));
        full.apply(anew);
        full.apply(bad);

        assertThat(incremental.fleets()).isEqualTo(full.fleets());
        for (FleetKey fleet : full.fleets()) {
            assertThat(incremental.snapshot(fleet).sorted())
                    .isEqualTo(full.snapshot(fleet).sorted());
            assertThat(incremental.snapshot(fleet).root())
                    .isEqualTo(full.snapshot(fleet).root());
        }
        assertThat(incremental.verdicts()).isEqualTo(full.verdicts());
    }

    /**
     * Events of different objects may come in any order: what each object's own events say in their order is all that counts. But for
     * the last good certificate of a Secret, which is kept from when somebody refers to it.
     */
    @Property(tries = 500)
    void anyOrderOfUnrelatedEventsGivesTheSameRoot(@ForAll("histories") List<Event> history, @ForAll long seed) {
        Map<ObjectKey, List<Change>> byObject = new LinkedHashMap<>();
        for (Event event : history) {
            ResourceModel model = event.model();
            if (!(model instanceof SecretModel) || (Histories.servable(model) && !event.gone())) {
                byObject.computeIfAbsent(model.key(), k -> new ArrayList<>()).add(event.change());
            }
        }
        World one = merged(byObject, new Random(seed));
        World another = merged(byObject, new Random(~seed));
        assertThat(another.fleets()).isEqualTo(one.fleets());
        for (FleetKey fleet : one.fleets()) {
            assertThat(another.snapshot(fleet).root())
                    .isEqualTo(one.snapshot(fleet).root());
        }
        assertThat(another.verdicts()).isEqualTo(one.verdicts());
    }

    /** Takes the objects' events in turns that chance decides, in batches that chance decides. */
    private static World merged(Map<ObjectKey, List<Change>> byObject, Random random) {
        World world = new World(WorldOptions.cluster(FLEET));
        List<ArrayDeque<Change>> left = new ArrayList<>();
        byObject.values().forEach(changes -> left.add(new ArrayDeque<>(changes)));
        List<Change> batch = new ArrayList<>();
        while (!left.isEmpty()) {
            ArrayDeque<Change> next = left.get(random.nextInt(left.size()));
            batch.add(next.remove());
            if (next.isEmpty()) {
                left.remove(next);
            }
            if (random.nextBoolean()) {
                world.apply(batch);
                batch = new ArrayList<>();
            }
        }
        world.apply(batch);
        return world;
    }
}

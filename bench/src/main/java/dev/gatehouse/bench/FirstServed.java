package dev.gatehouse.bench;

import dev.gatehouse.bench.Probe.Answer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The time from the API server's answer to the creation of an object until the first request that is served by it. Asked every
 * 2 ms; an answer that is neither 404, the old state, nor the backend's, the new one, is an error.
 */
final class FirstServed {

    static final int SAMPLES = 100;
    private static final int WARM_UP = 20; // these pay for what Java has not compiled yet
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration PAUSE = Duration.ofMillis(30);

    private final Installation installation;

    FirstServed(Installation installation) {
        this.installation = installation;
    }

    /**
     * Creates objects one at a time, and removes them when all were measured.
     *
     * @param object makes the one that serves {@code NAME.example.com}
     */
    double[] measure(Function<String, HasMetadata> object) throws InterruptedException {
        String backend = Installation.BACKEND;
        double[] millis = new double[SAMPLES];
        List<HasMetadata> created = new ArrayList<>();
        for (int i = -WARM_UP; i < SAMPLES; i++) {
            String name = "sample-" + (i + WARM_UP);
            HasMetadata one = object.apply(name);
            try (Probe probe = new Probe(name)) {
                Answer before = probe.ask("/");
                if (before.status() != 404) {
                    throw new IllegalStateException(name + ": " + before + " before anything was written");
                }
                created.add(installation.client().resource(one).create());
                long written = System.nanoTime();
                long served =
                        probe.until("/", answer -> answer.status() == 404, answer -> answer.isFrom(backend), POLL);
                if (i >= 0) {
                    millis[i] = (served - written) / 1e6;
                }
            }
            Thread.sleep(PAUSE);
        }
        created.forEach(one -> installation.client().resource(one).delete());
        try (Probe probe = new Probe("sample-" + (SAMPLES + WARM_UP - 1))) {
            probe.until("/", answer -> answer.isFrom(backend), answer -> answer.status() == 404, POLL);
        }
        return millis;
    }
}

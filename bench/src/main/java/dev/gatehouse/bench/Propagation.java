package dev.gatehouse.bench;

import dev.gatehouse.testkit.RawClient;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * Measures, against a real API server and with both programs as processes of their own: the time from the API server's
 * answer to the creation of an Ingress until the first request that is served by it, with {@value #PRESENT} Ingresses present;
 * any answer that is neither 404 (the old state) nor 200 (the new) is an error. Then the resident size of both programs.
 */
public final class Propagation {

    private static final int PRESENT = 1_000;
    private static final int SAMPLES = 100;
    private static final Duration POLL = Duration.ofMillis(2);
    private static final Duration BOUND = Duration.ofMinutes(2);

    private final Installation installation;

    private Propagation(Installation installation) {
        this.installation = installation;
    }

    /** Arguments: the gatehouse program, and the file for the results. */
    public static void main(String[] args) throws Exception {
        try (Installation installation = new Installation(Path.of(args[0]))) {
            new Propagation(installation).run(Path.of(args[1]));
        }
    }

    private void run(Path results) throws Exception {
        for (int i = 0; i < PRESENT; i++) {
            installation.apply(Installation.ingress("present-" + i));
        }
        Process controller = installation.startController();
        Process dataPlane = installation.startDataPlane();
        installation.awaitDataPlane();
        Installation.until("everything is served", () -> status("present-" + (PRESENT - 1)) == 200);
        double[] millis = sample();
        report(results, millis, resident(controller), resident(dataPlane));
    }

    private double[] sample() throws Exception {
        double[] millis = new double[SAMPLES];
        int warm = 10; // the first ones pay for what Java has not compiled yet; they are shown apart
        double first = 0;
        for (int i = -warm; i < SAMPLES; i++) {
            String name = "sample-" + (i + warm);
            HasMetadata object = installation.load(Installation.ingress(name)).getFirst();
            try (RawClient connection = RawClient.connect(Installation.HTTP_PORT)) {
                requireStatus(ask(connection, name), 404);
                installation.client().resource(object).create();
                long written = System.nanoTime();
                while (ask(connection, name) != 200) {
                    if (System.nanoTime() - written > BOUND.toNanos()) {
                        throw new IllegalStateException(name + " was never served");
                    }
                    Thread.sleep(POLL);
                }
                double took = (System.nanoTime() - written) / 1e6;
                if (i < 0) {
                    first = Math.max(first, took);
                } else {
                    millis[i] = took;
                }
            }
            Thread.sleep(Duration.ofMillis(50));
        }
        System.out.printf(Locale.ROOT, "(slowest of the first %d, before that: %.1f ms)%n", warm, first);
        Arrays.sort(millis);
        return millis;
    }

    private static int ask(RawClient connection, String name) {
        connection.send("GET / HTTP/1.1\r\nHost: " + name + ".example.com\r\n\r\n");
        int status = connection.readResponse().status();
        if (status != 200 && status != 404) {
            throw new IllegalStateException(name + ": status " + status + " is of neither state");
        }
        return status;
    }

    private static void requireStatus(int status, int wanted) {
        if (status != wanted) {
            throw new IllegalStateException("status " + status + " before anything was written");
        }
    }

    private void report(Path file, double[] millis, long controllerBytes, long dataPlaneBytes) throws IOException {
        double median = millis[SAMPLES / 2];
        double p99 = millis[SAMPLES * 99 / 100];
        System.out.printf(Locale.ROOT, "| with %d Ingresses present | figure |%n|---|---|%n", PRESENT);
        System.out.printf(
                Locale.ROOT,
                "| Ingress created -> first 200, %d times: p50 / p99 / max | %.1f / %.1f / %.1f ms |%n",
                SAMPLES,
                median,
                p99,
                millis[SAMPLES - 1]);
        System.out.printf(
                Locale.ROOT,
                "| resident: controller / data plane | %d / %d MiB |%n",
                controllerBytes >> 20,
                dataPlaneBytes >> 20);
        Files.writeString(
                file,
                String.format(
                        Locale.ROOT,
                        "{\"present\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"controller_mib\":%d,\"dataplane_mib\":%d}%n",
                        PRESENT,
                        median,
                        p99,
                        millis[SAMPLES - 1],
                        controllerBytes >> 20,
                        dataPlaneBytes >> 20));
    }

    private static long resident(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        throw new IllegalStateException("process " + process.pid() + " has ended");
    }

    private static int status(String name) {
        try (RawClient connection = RawClient.connect(Installation.HTTP_PORT)) {
            return ask(connection, name);
        }
    }
}

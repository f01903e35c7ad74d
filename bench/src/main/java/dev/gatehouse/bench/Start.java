package dev.gatehouse.bench;

import dev.gatehouse.testkit.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Measures the start of a data plane beside a controller that runs: from the start of its process until the first request that
 * is proxied, by wall clock and in CPU time; and what it serves in its first five seconds, against five seconds when it is warm.
 */
public final class Start {

    private static final int STARTS = 15;
    private static final int LOADED_STARTS = 3;
    private static final Duration POLL = Duration.ofMillis(1);
    private static final Duration BOUND = Duration.ofMinutes(1);
    private static final int MEASURED_SECONDS = 5;
    private static final int WARM_UP_SECONDS = 15;
    private static final String HOST = "start";

    private final Installation installation;

    private Start(Installation installation) {
        this.installation = installation;
    }

    /** Arguments: the gatehouse program, and the file for the results. */
    public static void main(String[] args) throws Exception {
        try (Installation installation = new Installation(Path.of(args[0]))) {
            installation.apply(Installation.ingress(HOST));
            installation.startController();
            new Start(installation).run(Path.of(args[1]));
        }
    }

    private void run(Path results) throws Exception {
        end(started().process); // reads every file once
        Map<String, Double> threads = new TreeMap<>();
        double[] millis = new double[STARTS];
        double[] cpu = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            Started one = started();
            millis[i] = one.millis;
            cpu[i] = one.cpuMillis;
            one.threads.forEach((name, time) -> threads.merge(name, time / STARTS, Double::sum));
            end(one.process);
        }
        double[] share = new double[LOADED_STARTS];
        long[] first = new long[LOADED_STARTS];
        for (int i = 0; i < LOADED_STARTS; i++) {
            Started one = started();
            first[i] = load(MEASURED_SECONDS);
            load(WARM_UP_SECONDS);
            share[i] = (double) first[i] / load(MEASURED_SECONDS);
            end(one.process);
        }
        report(results, millis, cpu, threads, first, share);
    }

    private record Started(Process process, double millis, double cpuMillis, Map<String, Double> threads) {}

    private Started started() throws IOException, InterruptedException {
        long before = System.nanoTime();
        Process process = installation.startDataPlane();
        while (!isServed()) {
            if (System.nanoTime() - before > BOUND.toNanos() || !process.isAlive()) {
                throw new IllegalStateException("the data plane never served; see bench/target/dataplane.log");
            }
            Thread.sleep(POLL);
        }
        double millis = (System.nanoTime() - before) / 1e6;
        return new Started(process, millis, cpuMillis(process), threads(process));
    }

    private static boolean isServed() {
        try (RawClient connection = RawClient.connect(Installation.HTTP_PORT)) {
            connection.send("GET / HTTP/1.1\r\nHost: " + HOST + ".example.com\r\n\r\n");
            return connection.readResponse().status() == 200;
        } catch (RuntimeException | AssertionError e) {
            return false; // nobody listens yet
        }
    }

    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("the data plane does not end");
        }
    }

    /** User and system time; the kernel counts in hundredths of a second. */
    private static double cpuMillis(Process process) throws IOException {
        return cpuMillis(Files.readString(Path.of("/proc/" + process.pid() + "/stat")));
    }

    private static double cpuMillis(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10.0;
    }

    /** The same by the names of threads, of those that had any. */
    private static Map<String, Double> threads(Process process) throws IOException {
        Map<String, Double> times = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path task : tasks.toList()) {
                String stat = Files.readString(task.resolve("stat"));
                times.merge(stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')')), cpuMillis(stat), Double::sum);
            }
        }
        times.values().removeIf(time -> time == 0);
        return times;
    }

    /** How many requests 64 connections get served. */
    private static long load(int seconds) throws IOException, InterruptedException {
        Process wrk = new ProcessBuilder(
                        "wrk",
                        "-t1",
                        "-c64",
                        "-d" + seconds + "s",
                        "-H",
                        "Host: " + HOST + ".example.com",
                        "http://127.0.0.1:" + Installation.HTTP_PORT + "/")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = wrk.inputReader()) {
            List<String> lines = said.lines().toList();
            if (wrk.waitFor() != 0 || lines.stream().anyMatch(line -> line.contains("Non-2xx"))) {
                throw new IllegalStateException("wrk: " + lines);
            }
            return lines.stream()
                    .filter(line -> line.contains("requests in"))
                    .mapToLong(line -> Long.parseLong(line.strip().split(" ")[0]))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void report(
            Path file, double[] millis, double[] cpu, Map<String, Double> threads, long[] first, double[] share)
            throws IOException {
        Arrays.sort(millis);
        Arrays.sort(cpu);
        Arrays.sort(share);
        Arrays.sort(first);
        System.out.printf(Locale.ROOT, "| start of a data plane, %d times | median (min - max) |%n|---|---|%n", STARTS);
        System.out.printf(
                Locale.ROOT,
                "| process start -> first proxied request | %.0f (%.0f - %.0f) ms |%n",
                millis[STARTS / 2],
                millis[0],
                millis[STARTS - 1]);
        System.out.printf(
                Locale.ROOT,
                "| CPU time until then | %.0f (%.0f - %.0f) ms |%n",
                cpu[STARTS / 2],
                cpu[0],
                cpu[STARTS - 1]);
        System.out.printf(
                "| of that by thread, mean | %s |%n",
                threads.entrySet().stream()
                        .filter(thread -> thread.getValue() >= 1)
                        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                        .map(thread -> String.format(Locale.ROOT, "%s %.0f", thread.getKey(), thread.getValue()))
                        .collect(Collectors.joining(", ")));
        System.out.printf(
                Locale.ROOT,
                "| requests in its first %d s | %d, %.2f (%.2f - %.2f) of when it is warm |%n",
                MEASURED_SECONDS,
                first[LOADED_STARTS / 2],
                share[LOADED_STARTS / 2],
                share[0],
                share[LOADED_STARTS - 1]);
        Files.writeString(
                file,
                String.format(
                        Locale.ROOT,
                        "{\"start_ms\":%.1f,\"start_min_ms\":%.1f,\"start_max_ms\":%.1f,\"cpu_ms\":%.0f,\"first_5s_share\":%.3f}%n",
                        millis[STARTS / 2],
                        millis[0],
                        millis[STARTS - 1],
                        cpu[STARTS / 2],
                        share[LOADED_STARTS / 2]));
    }
}

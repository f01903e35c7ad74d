package dev.gatehouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a new connection costs each proxy's process in CPU time: a TLS 1.3 handshake, full or resumed, one small request and an
 * orderly end. Each proxy cold first, in the order in which they are named; then, after 20 s of load each, in turns.
 */
public final class Handshakes {

    private static final int CONNECTIONS = 32;

    /** A program that compiles itself while it runs is measured cold, and once it is warm. */
    private static final Duration COLD = Duration.ofSeconds(5);

    private static final Duration WARM_UP = Duration.ofSeconds(20).minus(COLD);

    private record Figure(double cpuMicros, double perSecond, double busy) {}

    private final List<ProxyProcess> proxies;
    private final String host;
    private final int rounds;
    private final Duration each;

    private Handshakes(List<ProxyProcess> proxies, String host, int rounds, Duration each) {
        this.proxies = proxies;
        this.host = host;
        this.rounds = rounds;
        this.each = each;
    }

    /** Arguments: host, rounds, seconds of each measurement, the file for the results, then NAME=PORT:PID for each proxy. */
    public static void main(String[] args) throws IOException {
        List<ProxyProcess> proxies =
                Arrays.stream(args).skip(4).map(ProxyProcess::parse).toList();
        new Handshakes(proxies, args[0], Integer.parseInt(args[1]), Duration.ofSeconds(Integer.parseInt(args[2])))
                .run(Path.of(args[3]));
    }

    private void run(Path file) throws IOException {
        StringBuilder json = new StringBuilder();
        System.out.println("| TLS 1.3, ECDSA P-256, one request | proxy | CPU us/connection: median (min - max) |"
                + " connections per CPU second | x nginx | connections/s | busy |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (boolean resume : new boolean[] {false, true}) {
            String kind = resume ? "resumed" : "full";
            Map<String, List<Figure>> cold = new LinkedHashMap<>();
            for (ProxyProcess proxy : proxies) { // the client gets warm, too
                cold.put(proxy.name(), List.of(measure(proxy, resume, COLD)));
                measure(proxy, resume, WARM_UP);
            }
            report(kind + ", its first " + COLD.toSeconds() + " s", cold, json);
            Map<String, List<Figure>> figures = new LinkedHashMap<>();
            for (int i = 0; i < rounds; i++) {
                for (ProxyProcess proxy : proxies) {
                    Figure figure = measure(proxy, resume, each);
                    System.err.printf(Locale.ROOT, "%s %s %s%n", kind, proxy.name(), figure);
                    figures.computeIfAbsent(proxy.name(), name -> new ArrayList<>())
                            .add(figure);
                }
            }
            report(kind, figures, json);
        }
        Files.writeString(file, "{" + json + "}\n");
    }

    private Figure measure(ProxyProcess proxy, boolean resume, Duration time) throws IOException {
        try (HandshakeClient client = new HandshakeClient(proxy.port(), host, resume)) {
            if (resume) {
                client.saturate(CONNECTIONS, Duration.ofMillis(200)); // to have a session
            }
            double cpu = proxy.cpuNanos();
            HandshakeClient.Counts counts = client.saturate(CONNECTIONS, time);
            cpu = proxy.cpuNanos() - cpu;
            if (counts.failed() > 0 || counts.answered() == 0) {
                throw new IllegalStateException(proxy.name() + " fails connections: " + counts);
            }
            if (resume ? counts.full() > counts.answered() / 100 : counts.full() < counts.answered()) {
                throw new IllegalStateException(proxy.name() + " resumes otherwise than it should: " + counts);
            }
            return new Figure(
                    cpu / 1e3 / counts.answered(), counts.answered() * 1e9 / time.toNanos(), cpu / time.toNanos());
        }
    }

    private static void report(String kind, Map<String, List<Figure>> figures, StringBuilder json) {
        double base = 0;
        for (Map.Entry<String, List<Figure>> entry : figures.entrySet()) {
            double[] cpu = entry.getValue().stream()
                    .mapToDouble(Figure::cpuMicros)
                    .sorted()
                    .toArray();
            double median = cpu[cpu.length / 2];
            base = base == 0 ? median : base;
            double perSecond = entry.getValue().stream()
                    .mapToDouble(Figure::perSecond)
                    .average()
                    .orElse(0);
            double busy = entry.getValue().stream()
                    .mapToDouble(Figure::busy)
                    .average()
                    .orElse(0);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %.0f (%.0f - %.0f) | %.0f | %.2f | %.0f | %.0f %% |%n",
                    kind,
                    entry.getKey(),
                    median,
                    cpu[0],
                    cpu[cpu.length - 1],
                    1e6 / median,
                    base / median,
                    perSecond,
                    100 * busy);
            json.append(String.format(
                    Locale.ROOT,
                    "%s\"%s %s\":{\"cpu_us\":%.1f,\"per_cpu_second\":%.0f,\"x_nginx\":%.3f}",
                    json.isEmpty() ? "" : ",",
                    kind,
                    entry.getKey(),
                    median,
                    1e6 / median,
                    base / median));
        }
    }
}

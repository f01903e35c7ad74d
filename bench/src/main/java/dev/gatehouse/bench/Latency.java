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
 * Times of requests at a fixed rate: 70 % of what the first of the given proxies serves at most, as measured with the same client
 * in the same run; then rounds in which each proxy has its turn.
 */
public final class Latency {

    private static final int CONNECTIONS = 64;
    private static final double SHARE = 0.7;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(1);

    private record Proxy(String name, int port) {
        static Proxy parse(String arg) {
            int equals = arg.indexOf('=');
            return new Proxy(arg.substring(0, equals), Integer.parseInt(arg.substring(equals + 1)));
        }
    }

    private final List<Proxy> proxies;
    private final String host;
    private final Duration each;

    private Latency(List<Proxy> proxies, String host, Duration each) {
        this.proxies = proxies;
        this.host = host;
        this.each = each;
    }

    /** Arguments: host, rounds, seconds of each measurement, the file for the results, then NAME=PORT for each proxy. */
    public static void main(String[] args) throws IOException {
        List<Proxy> proxies = Arrays.stream(args).skip(4).map(Proxy::parse).toList();
        new Latency(proxies, args[0], Duration.ofSeconds(Integer.parseInt(args[2])))
                .run(Integer.parseInt(args[1]), Path.of(args[3]));
    }

    private void run(int rounds, Path file) throws IOException {
        for (Proxy proxy : proxies) {
            most(proxy, WARM_UP); // the client warms up here, and so do the proxies
        }
        double most = most(proxies.getFirst(), each);
        Map<String, List<FixedRate.Result>> results = new LinkedHashMap<>();
        for (int i = 0; i < rounds; i++) {
            for (Proxy proxy : proxies) {
                results.computeIfAbsent(proxy.name, key -> new ArrayList<>()).add(atRate(proxy, most * SHARE));
            }
        }
        report(most, results, file);
    }

    private double most(Proxy proxy, Duration time) throws IOException {
        try (FixedRate client = new FixedRate(proxy.port, host, CONNECTIONS)) {
            return client.saturate(time).perSecond();
        }
    }

    private FixedRate.Result atRate(Proxy proxy, double perSecond) throws IOException {
        try (FixedRate client = new FixedRate(proxy.port, host, CONNECTIONS)) {
            client.run(perSecond, SETTLE);
            FixedRate.Result result = client.run(perSecond, each);
            System.err.printf(
                    Locale.ROOT,
                    "%s: p50 %.0f us, p99 %.0f us, at most %.0f us, %.0f requests/s%n",
                    proxy.name,
                    result.micros(0.5),
                    result.micros(0.99),
                    result.micros(1),
                    result.perSecond());
            return result;
        }
    }

    private static void report(double most, Map<String, List<FixedRate.Result>> results, Path file) throws IOException {
        System.out.printf(
                Locale.ROOT,
                "HTTP/1.1, small answers, %d connections, %.0f requests/s: 70 %% of what the first serves at most%n%n",
                CONNECTIONS,
                most * SHARE);
        System.out.println("| proxy | p50 us | p99 us: median (min - max) | p99 x the first's | requests/s |");
        System.out.println("|---|---|---|---|---|");
        double base = 0;
        StringBuilder json = new StringBuilder(String.format(Locale.ROOT, "{\"rate\":%.0f", most * SHARE));
        for (Map.Entry<String, List<FixedRate.Result>> entry : results.entrySet()) {
            double[] p50 = sorted(entry.getValue(), 0.5);
            double[] p99 = sorted(entry.getValue(), 0.99);
            double median = p99[p99.length / 2];
            base = base == 0 ? median : base;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.0f (%.0f - %.0f) | %.2f | %.0f |%n",
                    entry.getKey(),
                    p50[p50.length / 2],
                    median,
                    p99[0],
                    p99[p99.length - 1],
                    median / base,
                    entry.getValue().getLast().perSecond());
            json.append(String.format(
                    Locale.ROOT,
                    ",\"%s\":{\"p50_us\":%.0f,\"p99_us\":%.0f}",
                    entry.getKey(),
                    p50[p50.length / 2],
                    median));
        }
        Files.writeString(file, json.append("}\n"));
    }

    private static double[] sorted(List<FixedRate.Result> rounds, double quantile) {
        return rounds.stream()
                .mapToDouble(round -> round.micros(quantile))
                .sorted()
                .toArray();
    }
}

package dev.gatehouse.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What open connections feel of a storm of handshakes: the times of requests at a fixed rate on connections that are kept, without
 * and with 1,000 new TLS connections a second, each with a full handshake and a request. The proxies have their turns in rounds.
 */
public final class Storm {

    private static final int HANDSHAKES_PER_SECOND = 1_000;
    private static final int REQUESTS_PER_SECOND = 1_000;
    private static final int CONNECTIONS = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration SETTLE = Duration.ofSeconds(1);

    /** @param plainPort for the kept connections: what they cost themselves is to weigh little */
    private record Proxy(String name, int plainPort, int securePort) {
        static Proxy parse(String arg) {
            String[] parts = arg.split("[=:]", -1);
            return new Proxy(parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }
    }

    private record Round(FixedRate.Result calm, FixedRate.Result storm, double handshakesPerSecond) {
        double ratio() {
            return storm.micros(0.99) / calm.micros(0.99);
        }
    }

    private final String host;
    private final Duration each;

    private Storm(String host, Duration each) {
        this.host = host;
        this.each = each;
    }

    /** Arguments: host, rounds, seconds of each measurement, the file for the results, then NAME=PLAIN-PORT:TLS-PORT. */
    public static void main(String[] args) throws Exception {
        Storm storm = new Storm(args[0], Duration.ofSeconds(Integer.parseInt(args[2])));
        List<Proxy> proxies = Arrays.stream(args).skip(4).map(Proxy::parse).toList();
        for (Proxy proxy : proxies) {
            storm.round(proxy, proxy.equals(proxies.getLast()) ? WARM_UP : SETTLE);
        }
        List<List<Round>> results =
                proxies.stream().<List<Round>>map(proxy -> new ArrayList<>()).toList();
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            for (int p = 0; p < proxies.size(); p++) {
                results.get(p).add(storm.round(proxies.get(p), storm.each));
            }
        }
        report(proxies, results, Path.of(args[3]));
    }

    private Round round(Proxy proxy, Duration time) throws Exception {
        try (FixedRate kept = new FixedRate(proxy.plainPort, host, CONNECTIONS);
                HandshakeClient client = new HandshakeClient(proxy.securePort, host, false)) {
            kept.run(REQUESTS_PER_SECOND, SETTLE);
            FixedRate.Result calm = kept.run(REQUESTS_PER_SECOND, time);
            FixedRate.Result under;
            HandshakeClient.Counts before;
            HandshakeClient.Counts after;
            try (AutoCloseable _ = client.storm(HANDSHAKES_PER_SECOND)) {
                kept.run(REQUESTS_PER_SECOND, SETTLE);
                before = client.counts();
                under = kept.run(REQUESTS_PER_SECOND, time);
                after = client.counts();
            }
            HandshakeClient.Counts counts = after.minus(before);
            if (counts.failed() > 0) {
                throw new IllegalStateException(proxy.name + " fails connections: " + counts);
            }
            Round round = new Round(calm, under, counts.answered() * 1e9 / time.toNanos());
            System.err.printf(
                    Locale.ROOT,
                    "%s: p50 %.0f -> %.0f us, p99 %.0f -> %.0f us, %.0f handshakes/s%n",
                    proxy.name,
                    calm.micros(0.5),
                    under.micros(0.5),
                    calm.micros(0.99),
                    under.micros(0.99),
                    round.handshakesPerSecond);
            return round;
        }
    }

    private static void report(List<Proxy> proxies, List<List<Round>> results, Path file) throws IOException {
        System.out.println(
                "| proxy | p99 us without | p99 us in the storm | ratio: median (min - max) | handshakes/s |");
        System.out.println("|---|---|---|---|---|");
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < proxies.size(); i++) {
            List<Round> rounds = results.get(i);
            double[] ratio = rounds.stream().mapToDouble(Round::ratio).sorted().toArray();
            double[] calm = rounds.stream()
                    .mapToDouble(one -> one.calm.micros(0.99))
                    .sorted()
                    .toArray();
            double[] storm = rounds.stream()
                    .mapToDouble(one -> one.storm.micros(0.99))
                    .sorted()
                    .toArray();
            int middle = ratio.length / 2;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f | %.0f | %.2f (%.2f - %.2f) | %.0f |%n",
                    proxies.get(i).name,
                    calm[middle],
                    storm[middle],
                    ratio[middle],
                    ratio[0],
                    ratio[ratio.length - 1],
                    rounds.getLast().handshakesPerSecond);
            json.append(String.format(
                    Locale.ROOT,
                    "%s\"%s\":{\"p99_us\":%.0f,\"storm_p99_us\":%.0f,\"ratio\":%.2f}",
                    i == 0 ? "" : ",",
                    proxies.get(i).name,
                    calm[middle],
                    storm[middle],
                    ratio[middle]));
        }
        Files.writeString(file, json.append("}\n"));
    }
}

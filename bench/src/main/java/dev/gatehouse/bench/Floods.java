package dev.gatehouse.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
 * What good clients feel of floods, and of a storm of handshakes: the times of requests at a fixed rate on connections that are kept,
 * without and with one flood after another. Who floods is a process of the lowest priority, for it would have a machine of its own.
 * The proxies have their turns flood by flood, each beside its own quiet value.
 */
public final class Floods implements AutoCloseable {

    private static final int REQUESTS_PER_SECOND = 1_000;
    private static final int CONNECTIONS = 64;
    private static final int WARM_UPS = 6;
    private static final Duration SETTLE = Duration.ofMillis(300);

    /** How many times the quiet value may become of it. */
    private static double bar(String kind) {
        return kind.equals(Attackers.HANDSHAKES) ? 3 : 5;
    }

    /** @param plainPort for HTTP/1.1 */
    private record Proxy(String name, int plainPort, int securePort, int http2Port) {
        static Proxy parse(String arg) {
            String[] parts = arg.split("[=:]", -1);
            return new Proxy(
                    parts[0], Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
        }

        int portFor(String kind) {
            if (kind.equals(Attackers.HANDSHAKES)) {
                return securePort;
            }
            return kind.contains(" slow ") ? plainPort : http2Port;
        }
    }

    private record Round(double calmMicros, double floodedMicros, String end) {
        double ratio() {
            return floodedMicros / calmMicros;
        }
    }

    private final String host;
    private final Duration each;
    private final Process attackers;
    private final PrintStream commands;
    private final BufferedReader said;

    private Floods(String host, Duration each) throws IOException {
        this.host = host;
        this.each = each;
        this.attackers = new ProcessBuilder(
                        "nice",
                        "-n",
                        "19",
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Attackers.class.getName(),
                        host)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        this.commands = new PrintStream(attackers.getOutputStream(), true, StandardCharsets.UTF_8);
        this.said = new BufferedReader(new InputStreamReader(attackers.getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        attackers.destroy();
    }

    /** Arguments: floods or storm, host, rounds, seconds of each measurement, the file for the results, then NAME=PLAIN-PORT:TLS-PORT:HTTP2-PORT. */
    public static void main(String[] args) throws Exception {
        List<Proxy> proxies = Arrays.stream(args).skip(5).map(Proxy::parse).toList();
        Map<String, Map<String, List<Round>>> results = new LinkedHashMap<>();
        try (Floods floods = new Floods(args[1], Duration.ofSeconds(Integer.parseInt(args[3])))) {
            List<String> kinds = args[0].equals("storm") ? List.of(Attackers.HANDSHAKES) : Attackers.floods();
            for (int i = 0; i < WARM_UPS; i++) {
                floods.flood(proxies.getLast(), kinds.getLast()); // compiles
            }
            for (String kind : kinds) {
                for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                    for (Proxy proxy : proxies) {
                        results.computeIfAbsent(kind, k -> new LinkedHashMap<>())
                                .computeIfAbsent(proxy.name, name -> new ArrayList<>())
                                .add(floods.flood(proxy, kind));
                    }
                }
            }
        }
        report(proxies, results, Path.of(args[4]));
    }

    private Round flood(Proxy proxy, String kind) {
        try (FixedRate good = new FixedRate(proxy.plainPort, host, CONNECTIONS)) {
            good.run(REQUESTS_PER_SECOND, SETTLE);
            double calm = good.run(REQUESTS_PER_SECOND, each).micros(0.99);
            commands.println(proxy.portFor(kind) + " " + kind);
            said();
            good.run(REQUESTS_PER_SECOND, SETTLE);
            double flooded = good.run(REQUESTS_PER_SECOND, each).micros(0.99);
            commands.println();
            Round round = new Round(calm, flooded, said());
            System.err.printf(
                    Locale.ROOT, "%s, %s: p99 %.0f -> %.0f us, %s%n", kind, proxy.name, calm, flooded, round.end);
            return round;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(kind + ", " + proxy.name, e);
        }
    }

    private String said() throws IOException {
        String line = said.readLine();
        if (line == null) {
            throw new IOException("who floods has ended");
        }
        return line;
    }

    private static void report(List<Proxy> proxies, Map<String, Map<String, List<Round>>> results, Path file)
            throws IOException {
        System.out.print("| p99 of good clients, us: quiet -> flooded (x: min - max), the median round |");
        proxies.forEach(proxy -> System.out.print(" " + proxy.name + " |"));
        System.out.println("\n|---|" + "---|".repeat(proxies.size()));
        StringBuilder json = new StringBuilder("{");
        results.forEach((kind, byProxy) -> {
            System.out.print("| " + kind + " |");
            json.append(json.length() > 1 ? ",\n" : "").append('"').append(kind).append("\":{");
            proxies.forEach(proxy -> {
                List<Round> rounds = byProxy.getOrDefault(proxy.name, List.of()).stream()
                        .sorted((a, b) -> Double.compare(a.ratio(), b.ratio()))
                        .toList();
                Round middle = rounds.get(rounds.size() / 2);
                System.out.printf(
                        Locale.ROOT,
                        " %.0f -> %.0f (%.1f: %.1f - %.1f%s) |",
                        middle.calmMicros,
                        middle.floodedMicros,
                        middle.ratio(),
                        rounds.getFirst().ratio(),
                        rounds.getLast().ratio(),
                        middle.ratio() > bar(kind) ? ", over " + (int) bar(kind) : "");
                json.append(String.format(
                        Locale.ROOT,
                        "%s\"%s\":{\"quiet_us\":%.0f,\"flooded_us\":%.0f,\"ratio\":%.2f,\"end\":\"%s\"}",
                        proxy.equals(proxies.getFirst()) ? "" : ",",
                        proxy.name,
                        middle.calmMicros,
                        middle.floodedMicros,
                        middle.ratio(),
                        middle.end));
            });
            System.out.println();
            json.append('}');
        });
        Files.writeString(file, json.append("}\n"));
    }
}

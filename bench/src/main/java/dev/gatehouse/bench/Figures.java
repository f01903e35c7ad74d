package dev.gatehouse.bench;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** What was measured, each figure beside its bar: told as it comes, and written as JSON and Markdown at the end. */
final class Figures {

    private final List<Figure> all = new ArrayList<>();

    /** One number; the bar is what it may be at most. */
    record Value(String name, double value, OptionalDouble bar) {

        static Value of(String name, double value) {
            return new Value(name, value, OptionalDouble.empty());
        }

        static Value of(String name, double value, double bar) {
            return new Value(name, value, OptionalDouble.of(bar));
        }

        boolean isMet() {
            return bar.isEmpty() || value <= bar.getAsDouble();
        }
    }

    /**
     * Some numbers about one thing.
     *
     * @param what was measured
     * @param present how many routes there were
     * @param unit of all of them
     */
    record Figure(String what, int present, String unit, List<Value> values) {

        private String shown() {
            return values.stream()
                    .map(value -> named(value.name, number(value.value)))
                    .collect(Collectors.joining(", "));
        }

        private String bars() {
            return values.stream()
                    .filter(value -> value.bar.isPresent())
                    .map(value -> named(value.name, "<= " + number(value.bar.getAsDouble())))
                    .collect(Collectors.joining(", "));
        }

        private String verdict() {
            if (values.stream().allMatch(value -> value.bar.isEmpty())) {
                return "";
            }
            return values.stream().allMatch(Value::isMet) ? "yes" : "NO";
        }

        private static String named(String name, String number) {
            return name.isEmpty() ? number : name + " " + number;
        }

        String row() {
            return "| " + what + " | " + present + " | " + shown() + " " + unit + " | " + bars() + " | " + verdict()
                    + " |";
        }
    }

    void add(String what, int present, String unit, Value... values) {
        Figure figure = new Figure(what, present, unit, List.of(values));
        all.add(figure);
        System.out.println(figure.row());
    }

    /** The 50th and 99th percentile of milliseconds. */
    void percentiles(String what, int present, double[] millis, double bar50, double bar99) {
        double[] sorted = millis.clone();
        Arrays.sort(sorted);
        add(
                what + ", " + sorted.length + " times",
                present,
                "ms",
                Value.of("p50", percentile(sorted, 50), bar50),
                Value.of("p99", percentile(sorted, 99), bar99),
                Value.of("max", sorted[sorted.length - 1]));
    }

    /** The nearest rank: so many percent are no greater. */
    static double percentile(double[] sorted, int percent) {
        return sorted[(int) Math.ceil(sorted.length * percent / 100.0) - 1];
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    /** Writes {@code NAME.json} and {@code NAME.md} in a folder. */
    void write(Path folder, String name) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        StringBuilder table =
                new StringBuilder("| what | routes present | figure | bar | met |\n|---|---|---|---|---|\n");
        for (Figure figure : all) {
            table.append(figure.row()).append('\n');
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("what", figure.what);
            row.put("present", figure.present);
            row.put("unit", figure.unit);
            for (Value value : figure.values) {
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("value", value.value);
                value.bar.ifPresent(bar -> one.put("bar", bar));
                row.put(value.name.isEmpty() ? "value" : value.name, one);
            }
            rows.add(row);
        }
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name + ".json"), Serialization.asJson(rows) + "\n");
        Files.writeString(folder.resolve(name + ".md"), table);
        System.out.println();
        System.out.print(table);
    }
}

package dev.gatehouse.controller.model;

import dev.gatehouse.snapshot.proto.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The value of a header, with variables in it.
 *
 * @param parts one after the other; no two texts follow one another
 */
public record HeaderText(List<Part> parts) {

    /** A piece of a value. */
    public sealed interface Part {
        record Text(String text) implements Part {}

        record Of(Variable variable) implements Part {}
    }

    /** Every variable there is, by the name it is written with. */
    static final SortedMap<String, Variable> VARIABLES = new TreeMap<>(java.util.Map.of(
            "client.address", Variable.CLIENT_ADDRESS,
            "client.port", Variable.CLIENT_PORT,
            "host", Variable.HOST,
            "method", Variable.METHOD,
            "path", Variable.PATH,
            "query", Variable.QUERY,
            "request.id", Variable.REQUEST_ID,
            "route", Variable.ROUTE,
            "scheme", Variable.SCHEME,
            "tls.version", Variable.TLS_VERSION));

    /** The text, if there is no variable in it. */
    public Optional<String> plain() {
        return switch (parts.size()) {
            case 0 -> Optional.of("");
            case 1 -> parts.getFirst() instanceof Part.Text(String text) ? Optional.of(text) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** What is read, or what is wrong with it. */
    sealed interface Read {
        record Value(HeaderText text) implements Read {}

        record Problem(String message) implements Read {}
    }

    /** Reads {@code ${name}} as a variable and {@code $$} as a dollar sign; other dollar signs are refused. */
    static Read read(String value) {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '$') {
                text.append(c);
                continue;
            }
            if (value.startsWith("$$", i)) {
                text.append('$');
                i++;
                continue;
            }
            int end = value.startsWith("${", i) ? value.indexOf('}', i) : -1;
            if (end < 0) {
                return new Read.Problem(
                        "has a single $; write $$ for a dollar sign, or a variable such as ${client.address}");
            }
            String name = value.substring(i + 2, end);
            Variable variable = VARIABLES.get(name);
            if (variable == null) {
                return new Read.Problem("has the variable '${" + HostNames.shown(name)
                        + "}', which is not known; known are ${" + String.join("}, ${", VARIABLES.keySet()) + "}");
            }
            if (!text.isEmpty()) {
                parts.add(new Part.Text(text.toString()));
                text.setLength(0);
            }
            parts.add(new Part.Of(variable));
            i = end;
        }
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text.toString()));
        }
        return new Read.Value(new HeaderText(List.copyOf(parts)));
    }
}

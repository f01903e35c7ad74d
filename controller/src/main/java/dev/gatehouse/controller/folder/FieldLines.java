package dev.gatehouse.controller.folder;

import java.util.HashMap;
import java.util.Map;

/** The lines on which the fields of one object stand, by JSON path such as {@code spec.rules[0].host}. */
public final class FieldLines {

    private final int first;
    private final Map<String, Integer> lines;

    FieldLines(int first, Map<String, Integer> lines) {
        this.first = first;
        this.lines = new HashMap<>(lines);
    }

    /** Where the object begins; from 1. */
    public int first() {
        return first;
    }

    /** Where a field stands; if it is not there, the nearest field around it. */
    public int of(String field) {
        String path = field;
        while (!path.isEmpty()) {
            Integer line = lines.get(path);
            if (line != null) {
                return line;
            }
            path = path.substring(0, Math.max(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))));
        }
        return first;
    }
}

package dev.gatehouse.dataplane.match;

import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.ValuePart;
import dev.gatehouse.snapshot.proto.Variable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Edits of a head's fields, applied in the order remove, set, add.
 *
 * @param set replaces every field of the name
 * @param add appended, whatever is there
 * @param remove lower-case names
 */
public record HeaderEdits(List<Header> set, List<Header> add, List<byte[]> remove) {

    /**
     * One field as it goes on the wire.
     *
     * @param name lower-case ASCII
     * @param value UTF-8
     * @param parts one after the other, instead of the value, which only a request can tell then; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent") // written to the wire as they are; never compared
    public record Header(byte[] name, byte[] value, List<Part> parts) {

        /** The same with a value. */
        public Header with(byte[] known) {
            return new Header(name, known, List.of());
        }

        private String inWords() {
            String text = Disclosure.text(name);
            String words = parts.isEmpty()
                    ? Disclosure.text(value)
                    : parts.stream().map(Part::inWords).collect(Collectors.joining());
            return text + ": " + Disclosure.shown(text, words);
        }
    }

    /**
     * A piece of a value: a variable, or if that is unset, a text.
     *
     * @param text UTF-8
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Part(byte[] text, Variable variable) {

        /** A variable as it is written in an object. */
        private String inWords() {
            return variable == Variable.VARIABLE_UNSET
                    ? Disclosure.text(text)
                    : "${" + variable.name().toLowerCase(Locale.ROOT).replace('_', '.') + "}";
        }
    }

    /** Whether a value depends on the request. */
    public boolean hasVariables() {
        return hasVariables(set) || hasVariables(add);
    }

    private static boolean hasVariables(List<Header> headers) {
        for (int i = 0; i < headers.size(); i++) {
            if (!headers.get(i).parts().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** For people. */
    String inWords() {
        List<String> words = new ArrayList<>();
        remove.forEach(name -> words.add("remove " + Disclosure.text(name)));
        set.forEach(header -> words.add("set " + header.inWords()));
        add.forEach(header -> words.add("add " + header.inWords()));
        return String.join(", ", words);
    }

    static HeaderEdits of(HeaderEdit edit) {
        return new HeaderEdits(
                fields(edit.getSetList()),
                fields(edit.getAddList()),
                edit.getRemoveList().stream().map(HeaderEdits::bytes).toList());
    }

    /** Whether a value of a filter has a variable that this node does not know. */
    static boolean hasUnknownVariable(Filter filter) {
        return Stream.of(
                        filter.getRequestHeaders().getSetList(),
                        filter.getRequestHeaders().getAddList(),
                        filter.getResponseHeaders().getSetList(),
                        filter.getResponseHeaders().getAddList(),
                        filter.getRespond().getHeadersList())
                .flatMap(List::stream)
                .flatMap(value -> value.getPartsList().stream())
                .anyMatch(part -> part.getVariable() == Variable.UNRECOGNIZED);
    }

    static List<Header> fields(List<HeaderValue> values) {
        return values.stream()
                .map(v -> new Header(
                        bytes(v.getName()),
                        bytes(v.getValue()),
                        v.getPartsList().stream().map(HeaderEdits::part).toList()))
                .toList();
    }

    private static Part part(ValuePart part) {
        return new Part(bytes(part.getText()), part.getVariable());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.gatehouse.dataplane.match;

import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

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
     */
    @SuppressWarnings("ArrayRecordComponent") // written to the wire as they are; never compared
    public record Header(byte[] name, byte[] value) {

        private String inWords() {
            String text = Disclosure.text(name);
            return text + ": " + Disclosure.shown(text, Disclosure.text(value));
        }
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

    private static List<Header> fields(List<HeaderValue> values) {
        return values.stream()
                .map(v -> new Header(bytes(v.getName()), bytes(v.getValue())))
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

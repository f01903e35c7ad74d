package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;

/** Edits of headers, done in the order remove, set, add. Names are not case-sensitive. */
@ApiType
@ValidationRule(
        value = "has(self.set) || has(self.add) || has(self.remove)",
        message = "write what to do: set: {x-team: shop}, add: {x-hop: edge} or remove: [x-debug]")
public record HeaderEdit(
        @JsonPropertyDescription("Headers that get this value, in place of any they had.")
        @Size(max = 16)
        @ValidationRule(value = HeaderEdit.CEL, message = HeaderEdit.CEL_MESSAGE)
        Map<String, @Size(max = 1024) String> set,

        @JsonPropertyDescription("Headers that get this value besides those they had.")
        @Size(max = 16)
        @ValidationRule(value = HeaderEdit.CEL, message = HeaderEdit.CEL_MESSAGE)
        Map<String, @Size(max = 1024) String> add,

        @JsonPropertyDescription("Names of headers that are taken out.") @Size(max = 32)
        List<@Size(min = 1, max = 256) String> remove) {

    /** Names have no maximum in a schema, so an expression over their characters would exceed the cost that CEL allows. */
    static final String CEL =
            "self.all(n, n != '' && n.size() <= 256 && !self[n].contains('\\n') && !self[n].contains('\\r'))";

    static final String CEL_MESSAGE =
            "a header is a name of up to 256 characters and a value on one line: write x-team: shop";

    public HeaderEdit {
        set = Absent.map(set);
        add = Absent.map(add);
        remove = Absent.list(remove);
    }
}

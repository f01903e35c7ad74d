package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts are given to which namespaces.
 *
 * @param namespaceSelector null: only those that are named
 */
@ApiType
@ValidationRule(
        value = "has(self.namespaces) || has(self.namespaceSelector)",
        message = "say who gets the hosts: write namespaces: [shop], or a namespaceSelector")
public record HostGrantSpec(
        @JsonPropertyDescription(
                "Hosts that are given: exact ones; *.example.com for that wildcard and for every name one label below"
                        + " example.com; or * for every host, the default backend of all hosts included.")
        @Required
        @Size(min = 1, max = 64)
        @ValidationRule(
                value =
                        "self.all(h, h == '*' || h.matches('^([*][.])?[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))",
                message =
                        "each host is a lower-case DNS name without port: write shop.example.com, *.example.com for the names"
                                + " one label below it, or \"*\" for any host",
                reason = "FieldValueInvalid")
        List<@Size(min = 1, max = 253) String> hosts,

        @JsonPropertyDescription("Namespaces whose Ingresses and ProxyRoutes may use the hosts.")
        @Size(min = 1, max = 64)
        List<@Size(min = 1, max = 63) String> namespaces,

        @JsonPropertyDescription("Labels of namespaces that may use them as well. Empty: every namespace.") @Nullable
        LabelSelection namespaceSelector) {

    static final HostGrantSpec EMPTY = new HostGrantSpec(List.of(), List.of(), null);

    public HostGrantSpec {
        hosts = Absent.list(hosts);
        namespaces = Absent.list(namespaces);
    }
}

package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Names an object of the route's namespace whose key ca.crt holds authorities, and ca.crl their revocation lists. */
@ApiType
@ValidationRule(
        value = "has(self.configMap) != has(self.secret)",
        message = "name one object: write either configMap: clients-ca or secret: clients-ca")
public record RouteAuthority(
        @JsonPropertyDescription(
                "Name of a ConfigMap: PEM certificates in its key ca.crt, and PEM revocation lists, if any, in ca.crl.")
        @Size(min = 1, max = 253)
        @Nullable
        String configMap,

        @JsonPropertyDescription("Name of a Secret, of any type, with the same keys.")
        @Size(min = 1, max = 253)
        @Nullable
        String secret) {}

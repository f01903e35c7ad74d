package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Secrets (type kubernetes.io/tls, same namespace) that hold the certificates of a route's hosts. */
@ApiType
@ValidationRule(
        value = "has(self.secretName) != has(self.secretNames)",
        message =
                "write either secretName: shop-tls, or secretNames: [shop-ecdsa, shop-rsa] for several certificates, not both")
public record RouteTls(
        @JsonPropertyDescription("Name of a Secret of type kubernetes.io/tls in the route's namespace.")
        @Size(min = 1, max = 253)
        @Nullable
        String secretName,

        @JsonPropertyDescription(
                "Names of several such Secrets, for hosts with different certificates or with an ECDSA and an RSA one.")
        @Size(min = 1, max = 16)
        List<@Size(min = 1, max = 253) String> secretNames) {

    public RouteTls {
        secretNames = Absent.list(secretNames);
    }

    /** Every Secret named, in the order of the object. */
    public List<String> secrets() {
        if (secretName == null || secretName.isEmpty()) {
            return secretNames;
        }
        List<String> all = new ArrayList<>(secretNames.size() + 1);
        all.add(secretName);
        all.addAll(secretNames);
        return List.copyOf(all);
    }
}

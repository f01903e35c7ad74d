package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a ProxyRoute asks for. Lists are immutable and never null; what the schema requires may still be missing in an object
 * that did not pass an API server.
 *
 * @param ingressClassName as in Ingress: absent means the cluster's default class
 */
@ApiType
public record ProxyRouteSpec(
        @JsonPropertyDescription(
                "Name of the IngressClass whose fleet serves this route. Absent: the default IngressClass of the cluster.")
        @Size(min = 1, max = 253)
        @Nullable
        String ingressClassName,

        @JsonPropertyDescription(
                "Host names this route serves: exact ones, *.example.com for every name one label below example.com, or * for"
                        + " any host.")
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

        @JsonPropertyDescription(
                "Certificates for the hosts, and how TLS with their clients is done. Without certificates the fleet's default"
                        + " certificate answers HTTPS requests.")
        @Nullable
        RouteTls tls,

        @JsonPropertyDescription(
                "Rules of the hosts. The order in the list does not matter: the most specific match wins.")
        @Required
        @Size(min = 1, max = 64)
        @ValidationRule(
                value = "self.all(r, !has(r.name) || self.exists_one(o, has(o.name) && o.name == r.name))",
                message = "two rules have the same name: give each rule its own, or none",
                reason = "FieldValueDuplicate")
        List<RouteRule> rules) {

    static final ProxyRouteSpec EMPTY = new ProxyRouteSpec(null, List.of(), null, List.of());

    public ProxyRouteSpec {
        hosts = Absent.list(hosts);
        rules = Absent.list(rules);
    }
}

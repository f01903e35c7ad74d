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
@ValidationRule(
        value = ProxyRouteSpec.ENDS_TLS + "self.rules.size() == 1",
        message = ProxyRouteSpec.PASSTHROUGH_ONE_RULE)
@ValidationRule(
        value = ProxyRouteSpec.ENDS_TLS + "self.rules.all(r, (!has(r.matches) || r.matches.size() == 0)"
                + " && (!has(r.filters) || r.filters.size() == 0) && !has(r.retries) && (!has(r.policies) || r.policies.size() == 0)"
                + " && !has(r.limits) && !has(r.split)"
                + " && !(has(r.loadBalancing) && (has(r.loadBalancing.hash) || has(r.loadBalancing.stickyCookie)))"
                + " && !(has(r.timeouts) && (has(r.timeouts.request) || has(r.timeouts.firstByte))))",
        message = ProxyRouteSpec.PASSTHROUGH_UNREAD)
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
                // Without FieldValueDuplicate, with which the API server leaves the message out.
                message = "two rules have the same name: give each rule its own, or none")
        List<RouteRule> rules) {

    static final String ENDS_TLS = "!(has(self.tls) && has(self.tls.passthrough) && self.tls.passthrough) || ";

    /** What is wrong with several rules beside passthrough. */
    public static final String PASSTHROUGH_ONE_RULE =
            "with tls.passthrough: true whole connections go to the backends, whatever is asked inside: write one rule, with the"
                    + " weights of its backends to share connections, and other hosts in routes of their own";

    /** What is wrong with anything but backends in the rule beside passthrough. */
    public static final String PASSTHROUGH_UNREAD =
            "with tls.passthrough: true nobody reads what is inside of TLS: write the rule with backends alone, without matches,"
                    + " filters, policies, retries, limits, split, loadBalancing.hash, loadBalancing.stickyCookie, timeouts.request and"
                    + " timeouts.firstByte; or remove passthrough to end TLS at the edge";

    static final ProxyRouteSpec EMPTY = new ProxyRouteSpec(null, List.of(), null, List.of());

    public ProxyRouteSpec {
        hosts = Absent.list(hosts);
        rules = Absent.list(rules);
    }
}

package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A HostGrant.
 *
 * @param hosts exact names, {@code *.suffix} and {@code *}
 * @param namespaces by name
 * @param selector labels of further namespaces; empty: none
 */
public record HostGrantModel(
        Meta meta,
        List<String> hosts,
        Set<String> namespaces,
        Optional<Map<String, String>> selector,
        List<Finding> findings)
        implements ResourceModel {

    /** Whether one of its hosts is this one, or the wildcard that covers it. */
    public boolean covers(String host) {
        return hosts.stream().anyMatch(pattern -> covers(pattern, host));
    }

    private static boolean covers(String pattern, String host) {
        int dot = host.indexOf('.');
        return pattern.equals(HostNames.ANY)
                || pattern.equals(host)
                || (pattern.startsWith("*.") && dot > 0 && pattern.substring(1).equals(host.substring(dot)));
    }
}

package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.HostRules.CertificateRef;
import dev.gatehouse.controller.model.MatchModel.PathType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/** Gathers what a route asks for while it is read, and what is wrong with it. */
final class RouteBuilder {

    private static final Pattern REGEX_SIGNS = Pattern.compile("[()*^$\\\\\\[\\]|]");

    private final TreeMap<String, HostBuilder> hosts = new TreeMap<>();
    private final TreeSet<ObjectKey> references = new TreeSet<>();
    private final List<Finding> findings = new ArrayList<>();
    private ServerTls tls = ServerTls.NONE;
    private int httpsRedirect;
    private boolean passthrough;

    void find(Finding finding) {
        findings.add(finding);
    }

    void refer(ObjectKey key) {
        references.add(key);
    }

    /** How TLS with the clients of all its hosts is to be done, and whether by their backends. */
    void tls(ServerTls asked, int redirect, boolean byBackends) {
        tls = asked;
        httpsRedirect = redirect;
        passthrough = byBackends;
    }

    /**
     * Policies that are named.
     *
     * @param field of the one at an index
     */
    List<PolicyRef> policies(String namespace, List<String> names, IntFunction<String> field) {
        List<PolicyRef> policies = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            ObjectKey policy = ObjectKey.proxyPolicy(namespace, names.get(i));
            refer(policy);
            policies.add(new PolicyRef(policy, field.apply(i)));
        }
        return List.copyOf(policies);
    }

    HostBuilder host(String host) {
        return hosts.computeIfAbsent(host, h -> new HostBuilder());
    }

    /** Whether it can be one; a finding says so if not. */
    boolean isHost(String host, String field) {
        Optional<String> problem = HostNames.problem(host);
        problem.ifPresent(p -> find(Finding.error(Reasons.INVALID_HOST, field, p)));
        return problem.isEmpty();
    }

    /** A certificate without hosts of its own: for all that the object has rules for, or for every host if it has none. */
    void certificateForAll(CertificateRef reference) {
        List<HostBuilder> routed =
                hosts.values().stream().filter(HostBuilder::isRouted).toList();
        if (routed.isEmpty()) {
            host(HostNames.ANY).certificate(reference);
        } else {
            routed.forEach(host -> host.certificate(reference));
        }
    }

    /** A plain path, checked as the API server checks it (validation of networking.k8s.io/v1). */
    Optional<MatchModel> path(PathType type, String path, String field) {
        Optional<String> problem = pathProblem(path);
        if (problem.isPresent()) {
            find(Finding.error(Reasons.INVALID_PATH, field, "'" + HostNames.shown(path) + "' " + problem.get()));
            return Optional.empty();
        }
        if (REGEX_SIGNS.matcher(path).find()) {
            find(Finding.warning(
                    Reasons.PATH_IS_NO_REGEX,
                    field,
                    "'" + HostNames.shown(path) + "' is taken letter by letter, not as a regular expression;"
                            + " write a ProxyRoute with path.regex if one is meant"));
        }
        boolean slashAtEnd = type == PathType.PREFIX && path.length() > 1 && path.endsWith("/");
        String normal = slashAtEnd ? path.substring(0, path.length() - 1) : path;
        return Optional.of(MatchModel.ofPath(type, normal));
    }

    /** Why it is no normal path; empty if it is one. */
    static Optional<String> pathProblem(String path) {
        if (!path.startsWith("/")) {
            return Optional.of("does not start with a slash; write '/" + HostNames.shown(path) + "'");
        }
        for (String refused : List.of("//", "/./", "/../", "%2f", "%2F")) {
            if (path.contains(refused)) {
                return Optional.of("contains '" + refused + "', which no normal path has; write the path without it");
            }
        }
        if (path.endsWith("/.") || path.endsWith("/..")) {
            return Optional.of("ends with a dot segment; write the path that it stands for");
        }
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) <= ' ' || path.charAt(i) == 0x7f) {
                return Optional.of("contains a space or control character; write it percent-encoded");
            }
        }
        return Optional.empty();
    }

    SequencedMap<String, HostRules> hosts() {
        TreeMap<String, HostRules> built = new TreeMap<>();
        hosts.forEach((host, builder) -> built.put(host, builder.build(tls, httpsRedirect, passthrough)));
        return Collections.unmodifiableSequencedMap(built);
    }

    Set<ObjectKey> references() {
        return Collections.unmodifiableSequencedSet(references);
    }

    List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** One host of the route. */
    static final class HostBuilder {

        private final List<RuleModel> rules = new ArrayList<>();
        private final List<CanaryModel> canaries = new ArrayList<>();
        private final List<CertificateRef> certificates = new ArrayList<>();
        private Optional<RuleModel> defaultRule = Optional.empty();
        private String field = "spec";
        private boolean named;
        private boolean routed;

        /** Where the object names the host; the first place counts. */
        HostBuilder named(String where) {
            field = named ? field : where;
            named = true;
            return this;
        }

        void rule(RuleModel rule) {
            rules.add(rule);
            routed = true;
        }

        void rules(List<RuleModel> all) {
            rules.addAll(all);
            routed = true;
        }

        void canary(CanaryModel canary) {
            canaries.add(canary);
            routed = true;
        }

        void defaultRule(Optional<RuleModel> rule) {
            defaultRule = rule;
            routed = true;
        }

        void certificate(CertificateRef reference) {
            certificates.add(reference);
        }

        boolean isRouted() {
            return routed;
        }

        private HostRules build(ServerTls tls, int httpsRedirect, boolean passthrough) {
            return new HostRules(
                    field,
                    List.copyOf(rules),
                    List.copyOf(canaries),
                    defaultRule,
                    List.copyOf(certificates),
                    tls,
                    httpsRedirect,
                    passthrough);
        }
    }
}

package dev.gatehouse.controller.model;

import dev.gatehouse.crds.HostGrant;
import dev.gatehouse.crds.HostGrantSpec;
import dev.gatehouse.crds.LabelSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads a HostGrant. A host that is none gives nothing; a grant that gives nothing at all still closes what is not given. */
final class HostGrantParser {

    private HostGrantParser() {}

    static HostGrantModel parse(Meta meta, HostGrant object) {
        HostGrantSpec spec = object.getSpec();
        List<Finding> findings = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        if (spec == null) {
            findings.add(Finding.error(Reasons.UNREADABLE, "spec", "is missing; write hosts and namespaces"));
            return new HostGrantModel(meta, hosts, Set.of(), Optional.empty(), findings);
        }
        for (int i = 0; i < spec.hosts().size(); i++) {
            String host = spec.hosts().get(i);
            Optional<String> problem = host.equals(HostNames.ANY) ? Optional.empty() : HostNames.problem(host);
            if (problem.isEmpty()) {
                hosts.add(host);
            } else {
                findings.add(Finding.error(Reasons.INVALID_HOST, "spec.hosts[" + i + "]", problem.get()));
            }
        }
        return new HostGrantModel(
                meta,
                List.copyOf(hosts),
                Set.copyOf(spec.namespaces()),
                Optional.ofNullable(spec.namespaceSelector()).map(LabelSelection::matchLabels),
                List.copyOf(findings));
    }
}

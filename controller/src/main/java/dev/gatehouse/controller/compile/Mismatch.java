package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A certificate that is served for a host which it is not made out for.
 *
 * @param field where the object names the Secret
 * @param secret that holds it
 * @param names it is made out for
 * @param host it is served for
 */
record Mismatch(String field, ObjectKey secret, List<String> names, String host) {

    /** The note of an Event has 1,024 bytes; as many names of usual length, twice, leave room for what to do. */
    private static final int SHOWN = 8;

    /** One warning for each certificate, with all the hosts. */
    static List<Finding> findings(Collection<Mismatch> mismatches) {
        Map<Mismatch, List<String>> hosts = new LinkedHashMap<>();
        for (Mismatch one : mismatches) {
            hosts.computeIfAbsent(new Mismatch(one.field, one.secret, one.names, ""), k -> new ArrayList<>())
                    .add(one.host);
        }
        List<Finding> findings = new ArrayList<>();
        hosts.forEach((certificate, not) -> findings.add(Finding.warning(
                Reasons.HOST_NOT_IN_CERTIFICATE,
                certificate.field,
                "names the " + certificate.secret + ", whose certificate is for "
                        + (certificate.names.isEmpty() ? "no DNS name" : list(certificate.names)) + " and not for "
                        + list(not.stream().sorted().toList())
                        + "; it is served there all the same, and clients will refuse it")));
        return findings;
    }

    private static String list(List<String> names) {
        return names.size() <= SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, SHOWN)) + " and " + (names.size() - SHOWN) + " more";
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import java.util.Optional;

/**
 * Who is told what is wrong with a backend, and in which words.
 *
 * @param part of the object that is told
 * @param otherwise what becomes of requests if the backend leads nowhere
 * @param origin where the backend stands, if that is a policy
 * @param rule the field where that policy comes in
 */
record Told(Part part, String otherwise, Optional<Policies.Origin> origin, String rule) {

    static final String UNSERVED = "Its requests answer 503";

    /** Of a backend without which its rule is served as well. */
    static final String CANARY_WAITS = "Until then the canary gets no requests";

    /** The same. */
    static final String MIRROR_WAITS = "Until then nothing is mirrored";

    /** Of what stands in the object itself. */
    Told(Part part, String otherwise) {
        this(part, otherwise, Optional.empty(), "");
    }

    void find(Finding finding) {
        part.find(origin.map(policy -> new Finding(
                        finding.severity(),
                        finding.reason(),
                        rule,
                        "uses the " + policy.policy() + ", whose " + finding.field() + " " + finding.message()))
                .orElse(finding));
    }
}

package dev.gatehouse.dataplane.match;

import java.util.List;
import java.util.Optional;

/**
 * A rule tried on a request, told step by step.
 *
 * @param held what was asked and holds, the path first, up to what failed
 * @param failed the first that does not hold; empty: the rule matches
 */
public record Trial(CompiledRule rule, List<Comparison> held, Optional<Comparison> failed) {

    public boolean matches() {
        return failed.isEmpty();
    }
}

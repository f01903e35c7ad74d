package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteLimits;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads bounds on what a client may send. Stateless. */
final class LimitsParser {

    private LimitsParser() {}

    /** Bytes; 0 if nothing is said, {@link Long#MAX_VALUE} for no limit. What cannot be is told, and is as if nothing were said. */
    static long maxBodyBytes(@Nullable RouteLimits limits, String field, Consumer<Finding> findings) {
        Long most = limits == null ? null : limits.maxBodyBytes();
        if (most == null) {
            return 0;
        }
        if (most < 0) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    field + ".maxBodyBytes",
                    "is " + most + "; write a number of bytes, or 0 for no limit. Until then the listener's holds"));
            return 0;
        }
        return most == 0 ? Long.MAX_VALUE : most;
    }
}

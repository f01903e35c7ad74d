package dev.gatehouse.controller.model;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Says what is wrong with filters. What several rules share is read for each, and told of once. */
final class FilterFindings {

    private final Consumer<Finding> findings;
    private final Set<Finding> told = new HashSet<>();

    FilterFindings(Consumer<Finding> findings) {
        this.findings = findings;
    }

    /** Empty, for what cannot be read. */
    <T> Optional<T> invalid(String field, String message) {
        return invalid(Reasons.INVALID_FILTER, field, message);
    }

    /** As {@link #invalid(String, String)}, of a path that is none. */
    <T> Optional<T> invalidPath(String field, String message) {
        return invalid(Reasons.INVALID_PATH, field, message);
    }

    private <T> Optional<T> invalid(String reason, String field, String message) {
        Finding finding = Finding.error(reason, field, message);
        if (told.add(finding)) {
            findings.accept(finding);
        }
        return Optional.empty();
    }
}

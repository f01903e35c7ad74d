package dev.gatehouse.controller.model;

import java.util.Optional;

/**
 * What a rule says about the endpoints of its backends, whoever else uses them: of several objects that say something one
 * decides, for each aspect by itself.
 *
 * @param outlier empty: no endpoint is ejected on behalf of the rule
 * @param active empty: no endpoint is checked on behalf of the rule
 * @param circuitBreaker empty: no endpoint is limited on behalf of the rule
 */
public record EndpointTerms(
        Optional<OutlierModel> outlier,
        Optional<HealthCheckModel> active,
        Optional<CircuitBreakerModel> circuitBreaker) {

    /** Nothing is said. */
    public static final EndpointTerms NONE = new EndpointTerms(Optional.empty(), Optional.empty(), Optional.empty());

    /** What can be said. */
    public enum Aspect {
        OUTLIER("health.outlier"),
        ACTIVE("health.active"),
        CIRCUIT_BREAKER("circuitBreaker");

        private final String field;

        Aspect(String field) {
            this.field = field;
        }

        /**
         * Where an object says it.
         *
         * @param rule the field of one of its rules
         */
        public String field(Kind kind, String rule) {
            if (kind == Kind.INGRESS) {
                return AnnotationReader.field(AnnotationReader.PREFIX + ResilienceAnnotations.annotation(this));
            }
            // A rule stands for each of its matches in the model; what it says of endpoints stands beside them.
            int matches = rule.indexOf(".matches[");
            return (matches < 0 ? rule : rule.substring(0, matches)) + "." + field;
        }

        /** What is said of it. */
        public Optional<? extends Record> of(EndpointTerms terms) {
            return switch (this) {
                case OUTLIER -> terms.outlier;
                case ACTIVE -> terms.active;
                case CIRCUIT_BREAKER -> terms.circuitBreaker;
            };
        }
    }

    /** Whether nothing is said. */
    public boolean isNone() {
        return equals(NONE);
    }

    EndpointTerms over(EndpointTerms other) {
        return new EndpointTerms(
                outlier.or(other::outlier), active.or(other::active), circuitBreaker.or(other::circuitBreaker));
    }
}

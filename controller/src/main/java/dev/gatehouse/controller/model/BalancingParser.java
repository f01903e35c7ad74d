package dev.gatehouse.controller.model;

import dev.gatehouse.crds.RouteHash;
import dev.gatehouse.crds.RouteLoadBalancing;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads how a rule of a ProxyRoute chooses endpoints. What cannot be read is told, and the rule sends requests in turn: that
 * serves everybody, if not as was meant.
 */
final class BalancingParser {

    private final Consumer<Finding> findings;

    BalancingParser(Consumer<Finding> findings) {
        this.findings = findings;
    }

    BalancingModel parse(@Nullable RouteLoadBalancing given, String field) {
        if (given == null) {
            return BalancingModel.PLAIN;
        }
        int slowStart =
                given.slowStart() == null ? 0 : Durations.millis(given.slowStart(), field + ".slowStart", findings);
        Optional<StickyModel> sticky = given.stickyCookie() == null
                ? Optional.empty()
                : StickyParser.parse(given.stickyCookie(), field + ".stickyCookie", findings);
        boolean zoneAware = Objects.requireNonNull(given.zoneAware()); // has a default, as the policy
        BalancingModel.Policy policy = policy(Objects.requireNonNull(given.policy()));
        boolean hashes = policy == BalancingModel.Policy.CONSISTENT_HASH;
        if (hashes != (given.hash() != null)) {
            invalid(
                    field + ".hash",
                    hashes
                            ? "is missing; write what policy: consistentHash hashes, for example {header: x-user}"
                            : "says what to hash, but the policy is another; write policy: consistentHash, or leave it out");
        }
        if (given.hash() == null || !hashes) {
            return new BalancingModel(
                    hashes ? BalancingModel.Policy.ROUND_ROBIN : policy,
                    Optional.empty(),
                    0,
                    zoneAware,
                    slowStart,
                    sticky);
        }
        Optional<RequestKey> key = key(given.hash(), field + ".hash");
        int bound = given.hash().boundPercent() == null ? 0 : given.hash().boundPercent();
        if (bound != 0 && (bound <= 100 || bound > 1000)) {
            invalid(field + ".hash.boundPercent", "is " + bound + "; write 101 to 1000, for example 125");
            bound = 0;
        }
        return key.isEmpty()
                ? new BalancingModel(
                        BalancingModel.Policy.ROUND_ROBIN, Optional.empty(), 0, zoneAware, slowStart, sticky)
                : new BalancingModel(policy, key, bound, zoneAware, slowStart, sticky);
    }

    private static BalancingModel.Policy policy(RouteLoadBalancing.Policy policy) {
        return switch (policy) {
            case ROUND_ROBIN -> BalancingModel.Policy.ROUND_ROBIN;
            case LEAST_REQUEST -> BalancingModel.Policy.LEAST_REQUEST;
            case PEAK_EWMA -> BalancingModel.Policy.PEAK_EWMA;
            case RANDOM -> BalancingModel.Policy.RANDOM;
            case CONSISTENT_HASH -> BalancingModel.Policy.CONSISTENT_HASH;
        };
    }

    private Optional<RequestKey> key(RouteHash hash, String field) {
        List<RequestKey> keys = new ArrayList<>();
        if (hash.header() != null) {
            Optional<String> problem = HeaderNames.problem(hash.header());
            if (problem.isPresent()) {
                return invalid(field + ".header", problem.get());
            }
            keys.add(new RequestKey.Header(HeaderNames.lower(hash.header())));
        }
        if (hash.cookie() != null) {
            if (HeaderNames.problem(hash.cookie()).isPresent()) {
                return invalid(field + ".cookie", "is no name of a cookie; write for example user-id");
            }
            keys.add(new RequestKey.Cookie(hash.cookie()));
        }
        if (Boolean.TRUE.equals(hash.source())) {
            keys.add(new RequestKey.Source());
        }
        if (Boolean.TRUE.equals(hash.path())) {
            keys.add(new RequestKey.Path());
        }
        return keys.size() == 1
                ? Optional.of(keys.getFirst())
                : invalid(field, "needs exactly one of header, cookie, source: true and path: true");
    }

    private <T> Optional<T> invalid(String field, String message) {
        findings.accept(
                Finding.error(Reasons.INVALID_VALUE, field, message + ". Until then requests are sent in turn"));
        return Optional.empty();
    }
}

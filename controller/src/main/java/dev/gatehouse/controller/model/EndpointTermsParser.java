package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.FilterModel.StatusRange;
import dev.gatehouse.controller.model.HealthCheckModel.Ask;
import dev.gatehouse.crds.RouteCircuitBreaker;
import dev.gatehouse.crds.RouteHealth;
import dev.gatehouse.crds.RouteHealthCheck;
import dev.gatehouse.crds.RouteOutlier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a rule says about the endpoints of its backends. A number that cannot be read has its default; a check that would ask something
 * else than was meant is left out: endpoints that are well must not be found ill by a slip of the pen.
 */
final class EndpointTermsParser {

    private static final Pattern PATH = Pattern.compile("/[!-\"$-~]*");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?");
    private static final Pattern STATUSES = Pattern.compile("(?<from>[1-5][0-9][0-9])(-(?<to>[1-5][0-9][0-9]))?");
    private static final List<StatusRange> ANY_SUCCESS = List.of(new StatusRange(200, 399));
    private static final int DEFAULT_EJECTION_MS = 30_000;
    private static final int MIN_INTERVAL_MS = 100;
    private static final int DEFAULT_INTERVAL_MS = 5_000;
    private static final int DEFAULT_TIMEOUT_MS = 2_000;

    private final Consumer<Finding> findings;

    EndpointTermsParser(Consumer<Finding> findings) {
        this.findings = findings;
    }

    /** @param field of the rule */
    EndpointTerms parse(@Nullable RouteHealth health, @Nullable RouteCircuitBreaker breaker, String field) {
        Optional<RouteHealth> healths = Optional.ofNullable(health);
        return new EndpointTerms(
                healths.map(RouteHealth::outlier).map(given -> outlier(given, field + ".health.outlier.")),
                healths.map(RouteHealth::active).flatMap(given -> active(given, field + ".health.active.")),
                Optional.ofNullable(breaker).flatMap(given -> circuitBreaker(given, field + ".circuitBreaker")));
    }

    /** Empty if it limits nothing. */
    Optional<CircuitBreakerModel> circuitBreaker(RouteCircuitBreaker breaker, String field) {
        if (breaker.maxConnections() == null && breaker.maxPendingRequests() == null && breaker.maxRequests() == null) {
            invalid(field, "limits nothing; write maxConnections, maxPendingRequests or maxRequests");
        }
        CircuitBreakerModel model = new CircuitBreakerModel(
                limit(breaker.maxConnections(), field + ".maxConnections"),
                limit(breaker.maxPendingRequests(), field + ".maxPendingRequests"),
                limit(breaker.maxRequests(), field + ".maxRequests"));
        return Optional.of(model).filter(one -> !one.equals(new CircuitBreakerModel(0, 0, 0)));
    }

    private int limit(@Nullable Integer value, String field) {
        if (value == null || value >= 1) {
            return value == null ? 0 : value;
        }
        invalid(field, "is " + value + "; write 1 or more, or leave it out. Until then there is no limit");
        return 0;
    }

    OutlierModel outlier(RouteOutlier outlier, String field) {
        int millis = Durations.millis(outlier.ejectFor(), field + "ejectFor", findings);
        return new OutlierModel(
                number(outlier.consecutiveFailures(), 1000, 5, field + "consecutiveFailures"),
                millis == 0 ? DEFAULT_EJECTION_MS : millis,
                number(outlier.maxEjectedPercent(), 100, 50, field + "maxEjectedPercent"));
    }

    /** Empty if it would ask something else than was meant. */
    Optional<HealthCheckModel> active(RouteHealthCheck check, String field) {
        Optional<Ask> ask = ask(check, field);
        int port = Objects.requireNonNullElse(check.port(), 0);
        if (check.port() != null && (port < 1 || port > 65_535)) {
            ask = unusable(field + "port", "is " + port + "; write a port of the pods, 1 to 65535, or leave it out");
        }
        int interval = Durations.millis(check.interval(), field + "interval", findings);
        if (interval > 0 && interval < MIN_INTERVAL_MS) {
            invalid(
                    field + "interval",
                    "is '" + check.interval() + "'; write " + MIN_INTERVAL_MS + "ms or more. Until then it is "
                            + MIN_INTERVAL_MS + "ms");
            interval = MIN_INTERVAL_MS;
        }
        int timeout = Durations.millis(check.timeout(), field + "timeout", findings);
        int healthy = number(check.healthyThreshold(), 100, 2, field + "healthyThreshold");
        int unhealthy = number(check.unhealthyThreshold(), 100, 3, field + "unhealthyThreshold");
        int intervalMs = interval == 0 ? DEFAULT_INTERVAL_MS : interval;
        int timeoutMs = timeout == 0 ? DEFAULT_TIMEOUT_MS : timeout;
        return ask.map(one -> new HealthCheckModel(one, port, intervalMs, timeoutMs, healthy, unhealthy));
    }

    private Optional<Ask> ask(RouteHealthCheck check, String field) {
        RouteHealthCheck.Type type = Objects.requireNonNull(check.type()); // has a default
        if (type != RouteHealthCheck.Type.GRPC && check.service() != null) {
            return unusable(field + "service", "is of grpc checks; write type: grpc, or leave it out");
        }
        if (type == RouteHealthCheck.Type.HTTP) {
            return http(check, field);
        }
        if (check.path() != null
                || check.host() != null
                || !check.expectedStatuses().isEmpty()) {
            String which = check.path() != null ? "path" : check.host() != null ? "host" : "expectedStatuses";
            return unusable(field + which, "is of http checks; leave it out, or write type: http");
        }
        return Optional.of(
                type == RouteHealthCheck.Type.TCP
                        ? new Ask.Tcp()
                        : new Ask.Grpc(Objects.requireNonNullElse(check.service(), "")));
    }

    private Optional<Ask> http(RouteHealthCheck check, String field) {
        String path = Objects.requireNonNullElse(check.path(), "/");
        if (!PATH.matcher(path).matches()) {
            return unusable(
                    field + "path",
                    "is '" + HostNames.shown(path)
                            + "'; write a path that begins with a slash, without spaces or #, such as /healthz");
        }
        String host = Objects.requireNonNullElse(check.host(), "");
        if (!host.isEmpty() && !HOST.matcher(host).matches()) {
            return unusable(
                    field + "host",
                    "is '" + HostNames.shown(host)
                            + "'; write a name with or without a port, such as shop.example.com");
        }
        List<StatusRange> statuses = new ArrayList<>();
        for (int i = 0; i < check.expectedStatuses().size(); i++) {
            String text = check.expectedStatuses().get(i);
            Matcher range = STATUSES.matcher(text);
            boolean read = range.matches();
            int from = read ? Integer.parseInt(range.group("from")) : 0;
            int to = read && range.group("to") != null ? Integer.parseInt(range.group("to")) : from;
            if (!read || to < from) {
                return unusable(
                        field + "expectedStatuses[" + i + "]",
                        "is '" + HostNames.shown(text)
                                + "'; write a status from 100 to 599 such as \"200\", or a range such as \"200-299\"");
            }
            statuses.add(new StatusRange(from, to));
        }
        return Optional.of(new Ask.Http(path, host, statuses.isEmpty() ? ANY_SUCCESS : List.copyOf(statuses)));
    }

    private Optional<Ask> unusable(String field, String message) {
        invalid(field, message + ". Until then endpoints are not checked");
        return Optional.empty();
    }

    private int number(int value, int most, int otherwise, String field) {
        if (value >= 1 && value <= most) {
            return value;
        }
        invalid(field, "is " + value + "; write a number from 1 to " + most + ". Until then it is " + otherwise);
        return otherwise;
    }

    private void invalid(String field, String message) {
        findings.accept(Finding.error(Reasons.INVALID_VALUE, field, message));
    }
}

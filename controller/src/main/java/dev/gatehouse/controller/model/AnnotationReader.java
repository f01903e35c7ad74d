package dev.gatehouse.controller.model;

import dev.gatehouse.crds.HeaderEdit;
import dev.gatehouse.crds.PathRewrite;
import dev.gatehouse.crds.RegexRewrite;
import dev.gatehouse.crds.RouteBackend;
import dev.gatehouse.crds.RouteCors;
import dev.gatehouse.crds.RouteFilter;
import dev.gatehouse.crds.RouteMirror;
import dev.gatehouse.crds.RouteRedirect;
import dev.gatehouse.crds.RouteResponse;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the annotations {@code gatehouse.dev/*} of an Ingress: each stands for a field that a ProxyRoute's rule has and an Ingress
 * has not, and holds for every rule of the Ingress. Those about TLS have a reader of their own: {@link IngressTlsParser}.
 */
final class AnnotationReader {

    static final String PREFIX = "gatehouse.dev/";

    /** Of the rules, and no filter: {@link IngressParser} reads it. */
    static final String POLICIES = "policies";

    private static final String CORS = "cors-allow-origins";
    private static final String REDIRECT = "redirect";
    private static final String REDIRECT_STATUS = "redirect-status";
    private static final String RESPOND = "respond";
    private static final String RESPOND_TYPE = "respond-content-type";

    // RFC 3986, 3: scheme and authority, of which there are both or neither, and path.
    private static final Pattern ADDRESS =
            Pattern.compile("((?<scheme>[a-z]+)://(?<host>[^/:?#]+)(:(?<port>[0-9]{1,5}))?)?(?<path>/[^?#]*)?");

    private static final Pattern MIRROR =
            Pattern.compile("(?<service>[a-z0-9-]{1,63}):(?<port>[a-z0-9-]{1,15})( +(?<percent>[0-9]{1,3})%)?");

    /** Takes a value, and says what is wrong with it; empty if nothing is. */
    private interface Reading {
        Optional<String> read(AnnotationReader reader, String value);
    }

    /** A new annotation is an entry here and a row in docs/annotations.md, beside its field. */
    private static final Map<String, Reading> TABLE = new TreeMap<>(Map.ofEntries(
            Map.entry("rewrite-prefix", filter(value -> RouteFilter.of(PathRewrite.ofPrefix(value)))),
            Map.entry("rewrite-path", filter(value -> RouteFilter.of(PathRewrite.ofPath(value)))),
            Map.entry("rewrite-regex", AnnotationReader::rewriteRegex),
            Map.entry("rewrite-host", filter(value -> RouteFilter.of(PathRewrite.ofHost(value)))),
            Map.entry(CORS, AnnotationReader::cors),
            Map.entry("cors-allow-methods", beside(CORS)),
            Map.entry("cors-allow-headers", beside(CORS)),
            Map.entry("cors-expose-headers", beside(CORS)),
            Map.entry("cors-allow-credentials", beside(CORS)),
            Map.entry("cors-max-age", beside(CORS)),
            // Read by CanaryAnnotations where the Ingress is a canary.
            Map.entry(CanaryAnnotations.CANARY, (reader, value) -> Optional.empty()),
            Map.entry(CanaryAnnotations.WEIGHT, beside(CanaryAnnotations.CANARY)),
            Map.entry(CanaryAnnotations.TOTAL, beside(CanaryAnnotations.CANARY)),
            Map.entry(CanaryAnnotations.HEADER, beside(CanaryAnnotations.CANARY)),
            Map.entry(CanaryAnnotations.VALUE, beside(CanaryAnnotations.CANARY)),
            Map.entry(CanaryAnnotations.PATTERN, beside(CanaryAnnotations.CANARY)),
            Map.entry(CanaryAnnotations.COOKIE, beside(CanaryAnnotations.CANARY)),
            Map.entry(POLICIES, (reader, value) -> Optional.empty()),
            Map.entry("mirror", AnnotationReader::mirror),
            Map.entry("max-body-bytes", AnnotationReader::maxBodyBytes),
            Map.entry(REDIRECT, AnnotationReader::redirect),
            Map.entry(REDIRECT_STATUS, beside(REDIRECT)),
            Map.entry(RESPOND, AnnotationReader::respond),
            Map.entry(RESPOND_TYPE, beside(RESPOND)),
            Map.entry("request-headers", edits(RouteFilter::ofRequestHeaders)),
            Map.entry("response-headers", edits(RouteFilter::ofResponseHeaders))));

    private final String namespace;
    private final RouteBuilder route;
    private final Map<String, String> annotations;
    private final List<FilterModel> filters = new ArrayList<>();
    private long maxBodyBytes;
    private final Map<String, String> balancing = new TreeMap<>();
    private final Map<String, String> resilience = new TreeMap<>();
    private boolean valid = true;

    private AnnotationReader(String namespace, RouteBuilder route, Map<String, String> annotations) {
        this.namespace = namespace;
        this.route = route;
        this.annotations = annotations;
    }

    /** @param annotations those of others included, which are passed over */
    static AnnotatedRule read(String namespace, Map<String, String> annotations, RouteBuilder route) {
        AnnotationReader reader = new AnnotationReader(namespace, route, annotations);
        new TreeMap<>(annotations).forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !IngressTlsParser.isOurs(name)) {
                reader.read(name, value.strip());
            }
        });
        reader.once(
                FilterModel::changesPath,
                "the path changes once: keep one of rewrite-prefix, rewrite-path and rewrite-regex");
        reader.once(FilterModel::answers, "a request is answered once: keep one of redirect and respond");
        return new AnnotatedRule(
                List.copyOf(reader.filters),
                reader.maxBodyBytes,
                reader.valid,
                reader.balancing.isEmpty()
                        ? Optional.empty()
                        : Optional.of(BalancingAnnotations.parse(reader.balancing, route::find)),
                ResilienceAnnotations.parse(reader.resilience, route::find));
    }

    /** Those that only who reads requests can do, by name. */
    static List<String> aboutRequests(Map<String, String> annotations) {
        return new TreeMap<>(annotations)
                .keySet().stream()
                        .filter(name -> name.startsWith(PREFIX))
                        .filter(name -> TABLE.containsKey(name.substring(PREFIX.length()))
                                || BalancingAnnotations.ABOUT_REQUESTS.contains(name.substring(PREFIX.length()))
                                || ResilienceAnnotations.ABOUT_REQUESTS.contains(name.substring(PREFIX.length())))
                        .toList();
    }

    static String field(String annotation) {
        return "metadata.annotations['" + annotation + "']";
    }

    private void read(String annotation, String value) {
        String ownName = annotation.substring(PREFIX.length());
        if (BalancingAnnotations.NAMES.contains(ownName)) {
            balancing.put(ownName, value); // they say something together
            return;
        }
        if (ResilienceAnnotations.NAMES.contains(ownName)) {
            resilience.put(ownName, value);
            return;
        }
        Reading reading = TABLE.get(ownName);
        if (reading == null) {
            route.find(Finding.warning(Reasons.UNKNOWN_ANNOTATION, field(annotation), unknown(annotation)));
            return;
        }
        reading.read(this, value).ifPresent(problem -> {
            valid = false;
            route.find(Finding.error(Reasons.INVALID_ANNOTATION, field(annotation), problem));
        });
    }

    private void once(Predicate<FilterModel> kind, String message) {
        if (filters.stream().filter(kind).count() > 1) {
            valid = false;
            route.find(Finding.error(Reasons.INVALID_ANNOTATION, "metadata.annotations", message));
        }
    }

    /** The value of another annotation, by its name without prefix. */
    private Optional<String> value(String name) {
        return Optional.ofNullable(annotations.get(PREFIX + name)).map(String::strip);
    }

    /** One that says more of another, which reads it. */
    private static Reading beside(String other) {
        return (reader, value) -> reader.value(other).isPresent()
                ? Optional.empty()
                : Optional.of("says more of " + PREFIX + other + ", which is not there; write that one too");
    }

    private static Optional<String> rewriteRegex(AnnotationReader reader, String value) {
        int space = value.indexOf(' ');
        return space < 0
                ? Optional.of(
                        "is no expression with what takes its place; write for example ^/v([0-9]+)/(.*)$ /\\2/v\\1")
                : reader.filter(RouteFilter.of(PathRewrite.ofRegex(new RegexRewrite(
                        value.substring(0, space), value.substring(space).strip()))));
    }

    private static Optional<String> cors(AnnotationReader reader, String value) {
        String credentials = reader.value("cors-allow-credentials").orElse("false");
        if (!Set.of("true", "false").contains(credentials)) {
            return Optional.of("goes with cors-allow-credentials: '" + HostNames.shown(credentials)
                    + "'; write true or false there");
        }
        return reader.filter(RouteFilter.of(new RouteCors(
                list(value),
                list(reader.value("cors-allow-methods").orElse("")),
                list(reader.value("cors-allow-headers").orElse("")),
                list(reader.value("cors-expose-headers").orElse("")),
                credentials.equals("true"),
                reader.value("cors-max-age").orElse(null))));
    }

    /** What commas or lines part. */
    private static List<String> list(String value) {
        return Stream.of(value.split("[,\\n]"))
                .map(String::strip)
                .filter(one -> !one.isEmpty())
                .toList();
    }

    private static Optional<String> redirect(AnnotationReader reader, String value) {
        Matcher address = ADDRESS.matcher(value);
        String status = reader.value(REDIRECT_STATUS).orElse("302");
        if (!address.matches()) {
            return Optional.of("is '" + HostNames.shown(value)
                    + "'; write https://shop.example.com, https://shop.example.com/new or /new, without a query");
        }
        if (!status.matches("30[12378]")) {
            return Optional.of("has the status '" + HostNames.shown(status)
                    + "'; write 301, 302, 303, 307 or 308 under " + PREFIX + REDIRECT_STATUS);
        }
        String port = address.group("port");
        return reader.filter(RouteFilter.of(new RouteRedirect(
                address.group("scheme"),
                address.group("host"),
                port == null ? null : Integer.valueOf(port),
                address.group("path"),
                null,
                Integer.valueOf(status))));
    }

    /** {@code shop-next:80}, {@code shop-next:http 10%}. */
    private static Optional<String> mirror(AnnotationReader reader, String value) {
        Matcher mirror = MIRROR.matcher(value);
        if (!mirror.matches()) {
            return Optional.of("is '" + HostNames.shown(value)
                    + "'; write a Service with its port: shop-next:80, or shop-next:80 10%");
        }
        String port = mirror.group("port");
        String percent = mirror.group("percent");
        return reader.filter(RouteFilter.of(new RouteMirror(
                mirror.group("service"),
                port.matches("[0-9]+") ? new IntOrString(Integer.parseInt(port)) : new IntOrString(port),
                percent == null ? 100 : Integer.valueOf(percent))));
    }

    private BackendModel backend(RouteBackend backend, String field) {
        ObjectKey service = ObjectKey.service(namespace, backend.service()); // an annotation names no other namespace
        route.refer(service);
        IntOrString port = Objects.requireNonNull(backend.port());
        PortRef ref = port.getIntVal() != null
                ? new PortRef.ByNumber(port.getIntVal())
                : new PortRef.ByName(port.getStrVal());
        String annotation = field(PREFIX + "mirror");
        return new BackendModel.ServiceBackend(service, ref, 1, annotation, annotation);
    }

    private static Optional<String> maxBodyBytes(AnnotationReader reader, String value) {
        if (!value.matches("[0-9]{1,18}")) {
            return Optional.of(
                    "is '" + HostNames.shown(value) + "'; write a number of bytes such as 10485760, or 0 for no limit");
        }
        long most = Long.parseLong(value);
        reader.maxBodyBytes = most == 0 ? Long.MAX_VALUE : most;
        return Optional.empty();
    }

    private static Optional<String> respond(AnnotationReader reader, String value) {
        int space = value.indexOf(' ');
        String status = space < 0 ? value : value.substring(0, space);
        return status.matches("[0-9]{3}")
                ? reader.filter(RouteFilter.of(new RouteResponse(
                        Integer.valueOf(status),
                        reader.value(RESPOND_TYPE).orElse(null),
                        space < 0 ? "" : value.substring(space).strip() + "\n",
                        Map.of())))
                : Optional.of("begins with no status; write for example 503 Back at nine");
    }

    private static String unknown(String annotation) {
        TreeSet<String> known = new TreeSet<>(IngressTlsParser.known());
        TABLE.keySet().forEach(name -> known.add(PREFIX + name));
        BalancingAnnotations.NAMES.forEach(name -> known.add(PREFIX + name));
        ResilienceAnnotations.NAMES.forEach(name -> known.add(PREFIX + name));
        return "is not known, and nothing comes of it; "
                + NearestName.to(annotation, known)
                        .map(nearest -> "did you mean " + nearest + "?")
                        .orElse("known are " + String.join(", ", known));
    }

    /** What makes a filter of a value: the same as in the list of a ProxyRoute's rule. */
    private interface ToFilter {
        RouteFilter of(String value);
    }

    private static Reading filter(ToFilter made) {
        return (reader, value) -> reader.filter(made.of(value));
    }

    /** Adds a filter as a ProxyRoute has it; what is wrong with it, is. */
    private Optional<String> filter(RouteFilter filter) {
        List<Finding> problems = new ArrayList<>();
        new FilterParser(problems::add, this::backend)
                .parse(List.of(filter), "")
                .ifPresent(filters::addAll);
        return problems.stream().map(Finding::message).findFirst();
    }

    /** What makes a filter of edits. */
    private interface ToEdits {
        RouteFilter of(HeaderEdit edit);
    }

    /** A line each: {@code set x-team: shop}, {@code add x-hop: edge}, {@code remove x-debug}. */
    private static Reading edits(ToEdits made) {
        return (reader, value) -> {
            Map<String, String> set = new LinkedHashMap<>();
            Map<String, String> add = new LinkedHashMap<>();
            List<String> remove = new ArrayList<>();
            for (String line :
                    value.lines().map(String::strip).filter(l -> !l.isEmpty()).toList()) {
                int space = line.indexOf(' ');
                int colon = line.indexOf(':', Math.max(0, space));
                String verb = space < 0 ? "" : line.substring(0, space);
                boolean whole = verb.equals("remove") == colon < 0;
                String name = line.substring(space + 1, colon < 0 ? line.length() : colon)
                        .strip();
                boolean again = set.containsKey(name) || add.containsKey(name);
                switch (whole && !again ? verb : "") {
                    case "set" -> set.put(name, line.substring(colon + 1).strip());
                    case "add" -> add.put(name, line.substring(colon + 1).strip());
                    case "remove" -> remove.add(name);
                    default -> {
                        return Optional.of(
                                "has the line '" + HostNames.shown(line)
                                        + "'; write a line for each header: set x-team: shop, add x-hop: edge, or remove x-debug");
                    }
                }
            }
            if (set.isEmpty() && add.isEmpty() && remove.isEmpty()) {
                return Optional.of("is empty; write for example set x-team: shop");
            }
            return reader.filter(made.of(new HeaderEdit(set, add, remove)));
        };
    }
}

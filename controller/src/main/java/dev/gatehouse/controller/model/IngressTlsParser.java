package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.ServerTls.AuthorityRef;
import dev.gatehouse.crds.DurationText;
import dev.gatehouse.crds.TlsNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the annotations {@code gatehouse.dev/tls-*}, {@code client-*}, {@code hsts*} and {@code ssl-redirect} of an Ingress
 * say about TLS with clients. What cannot be understood closes the hosts of the Ingress, rather than letting anybody in.
 */
final class IngressTlsParser {

    private static final String PREFIX = "gatehouse.dev/";
    static final String PASSTHROUGH = PREFIX + "tls-passthrough";
    private static final String MIN_VERSION = PREFIX + "tls-min-version";
    private static final String PROFILE = PREFIX + "tls-profile";
    private static final String CIPHER_SUITES = PREFIX + "tls-cipher-suites";
    private static final String ALPN = PREFIX + "tls-alpn";
    private static final String CLIENT_MODE = PREFIX + "client-certificate";
    private static final String CLIENT_CA = PREFIX + "client-ca";
    private static final String CLIENT_FORWARD = PREFIX + "client-certificate-forward";
    private static final String HSTS = PREFIX + "hsts";
    private static final String REDIRECT = PREFIX + "ssl-redirect";
    private static final String REDIRECT_STATUS = PREFIX + "ssl-redirect-status";
    private static final Set<String> KNOWN = Set.of(
            PASSTHROUGH,
            MIN_VERSION,
            PROFILE,
            CIPHER_SUITES,
            ALPN,
            CLIENT_MODE,
            CLIENT_CA,
            CLIENT_FORWARD,
            HSTS,
            REDIRECT,
            REDIRECT_STATUS);

    private final String namespace;
    private final Map<String, String> annotations;
    private @Nullable Finding problem;

    private IngressTlsParser(String namespace, Map<String, String> annotations) {
        this.namespace = namespace;
        this.annotations = annotations;
    }

    static ServerTls parse(String namespace, Map<String, String> annotations) {
        return new IngressTlsParser(namespace, annotations).parse();
    }

    /** Whether the backends end TLS. What cannot be understood closes the hosts, and is told with that. */
    static boolean passthrough(Map<String, String> annotations) {
        return annotations.getOrDefault(PASSTHROUGH, "false").strip().equals("true");
    }

    /** The status that leads clear text to https; 0 if nothing asks for it. What cannot be understood is told. */
    static int redirect(Map<String, String> annotations, Consumer<Finding> findings) {
        if (passthrough(annotations)) {
            if (annotations.getOrDefault(REDIRECT, "true").strip().equals("false")) {
                findings.accept(Finding.warning(
                        Reasons.INVALID_VALUE,
                        field(REDIRECT),
                        "is false, and has no effect: the backends wait for TLS, so that requests in clear text are led to"
                                + " https; remove it"));
            }
            Map<String, String> asked = new HashMap<>(annotations);
            asked.remove(PASSTHROUGH);
            asked.put(REDIRECT, "true");
            return redirect(asked, findings);
        }
        boolean asked = switch (annotations.getOrDefault(REDIRECT, "false").strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> {
                findings.accept(Finding.error(
                        Reasons.INVALID_VALUE,
                        field(REDIRECT),
                        "is '" + HostNames.shown(annotations.getOrDefault(REDIRECT, ""))
                                + "'; write true or false. Until then it is true"));
                yield true;
            }
        };
        String status = annotations.getOrDefault(REDIRECT_STATUS, "308").strip();
        if (ServerTlsText.REDIRECTS.stream()
                .noneMatch(one -> String.valueOf(one).equals(status))) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    field(REDIRECT_STATUS),
                    "is '" + HostNames.shown(status) + "'; write 301, 302, 307 or 308. Until then it is 308"));
            return asked ? 308 : 0;
        }
        return asked ? Integer.parseInt(status) : 0;
    }

    /** Whether an annotation is about TLS, known or not. */
    static boolean isOurs(String name) {
        return name.startsWith(PREFIX + "tls-")
                || name.startsWith(PREFIX + "client-")
                || name.startsWith(HSTS)
                || name.startsWith(REDIRECT);
    }

    static Set<String> known() {
        return KNOWN;
    }

    private ServerTls parse() {
        for (String name : new TreeSet<>(annotations.keySet())) {
            if (isOurs(name) && !KNOWN.contains(name)) {
                problem(name, "is not known; known are " + String.join(", ", new TreeSet<>(KNOWN)));
            }
        }
        if (choice(PASSTHROUGH, "false", "true").orElse(false)) {
            List.of(MIN_VERSION, PROFILE, CIPHER_SUITES, ALPN, CLIENT_MODE, CLIENT_CA, CLIENT_FORWARD, HSTS).stream()
                    .filter(annotations::containsKey)
                    .findFirst()
                    .ifPresent(one -> problem(
                            one,
                            "stands beside " + PASSTHROUGH
                                    + ", with which the backends do TLS and nobody reads what is inside; set it up at the"
                                    + " backends and remove it, or remove " + PASSTHROUGH));
        }
        Optional<Boolean> version = choice(MIN_VERSION, "1.2", "1.3");
        Optional<Boolean> profile = choice(PROFILE, "intermediate", "modern");
        List<String> suites = list(CIPHER_SUITES);
        suites.stream()
                .filter(one -> !TlsNames.SUITES.contains(one))
                .findFirst()
                .ifPresent(one -> problem(CIPHER_SUITES, ServerTlsText.unknownSuite(one)));
        List<String> alpn = list(ALPN);
        alpn.stream()
                .filter(one -> !TlsNames.ALPN.contains(one))
                .findFirst()
                .ifPresent(one -> problem(ALPN, ServerTlsText.unknownProtocol(one)));
        if (profile.isPresent() && !suites.isEmpty()) {
            problem(CIPHER_SUITES, "stands beside " + PROFILE + "; write one of them");
        }
        return new ServerTls(
                version.map(modern -> modern || profile.orElse(false)).or(() -> profile),
                profile.equals(Optional.of(false)) ? ServerTlsText.INTERMEDIATE : suites,
                alpn,
                client(),
                hsts(),
                Optional.ofNullable(problem));
    }

    private static String field(String annotation) {
        return "metadata.annotations['" + annotation + "']";
    }

    private void problem(String annotation, String message) {
        if (problem == null) {
            problem = Finding.error(Reasons.TLS_OPTIONS_INVALID, field(annotation), message);
        }
    }

    private Optional<String> value(String annotation) {
        return Optional.ofNullable(annotations.get(annotation)).map(String::strip);
    }

    /** Whether it is the second of two values; empty if it is not there. */
    private Optional<Boolean> choice(String annotation, String first, String second) {
        Optional<String> text = value(annotation);
        if (text.isPresent() && !text.get().equals(first) && !text.get().equals(second)) {
            problem(annotation, "is '" + HostNames.shown(text.get()) + "'; write " + first + " or " + second);
        }
        return text.map(second::equals);
    }

    private List<String> list(String annotation) {
        List<String> entries = new ArrayList<>();
        value(annotation).ifPresent(text -> {
            for (String entry : text.split(",", -1)) {
                if (!entries.contains(entry.strip())) {
                    entries.add(entry.strip());
                }
            }
        });
        return List.copyOf(entries);
    }

    private Optional<ServerTls.ClientCertificate> client() {
        Optional<String> mode = value(CLIENT_MODE);
        Optional<String> forward = value(CLIENT_FORWARD);
        if (mode.isEmpty()) {
            if (value(CLIENT_CA).isPresent() || forward.isPresent()) {
                problem(CLIENT_MODE, "is missing; write Require, Optional or Request, or remove the other annotations");
            }
            return Optional.empty();
        }
        List<AuthorityRef> authorities = new ArrayList<>();
        for (String entry : list(CLIENT_CA)) {
            authority(entry)
                    .ifPresentOrElse(
                            key -> authorities.add(new AuthorityRef(key, field(CLIENT_CA))),
                            () -> problem(
                                    CLIENT_CA,
                                    "has '" + HostNames.shown(entry)
                                            + "'; write configmap/NAME or secret/NAME, of objects in the namespace of the"
                                            + " Ingress, separated by commas"));
        }
        if (authorities.isEmpty()) {
            problem(CLIENT_CA, "is missing; write configmap/NAME or secret/NAME with the issuers of the clients");
        }
        return Optional.of(new ServerTls.ClientCertificate(
                switch (mode.get()) {
                    case "Optional" -> ServerTls.Mode.OPTIONAL;
                    case "Request" -> ServerTls.Mode.REQUEST;
                    case "Require" -> ServerTls.Mode.REQUIRE;
                    default -> {
                        problem(
                                CLIENT_MODE,
                                "is '" + HostNames.shown(mode.get()) + "'; write Require, Optional or Request");
                        yield ServerTls.Mode.REQUIRE;
                    }
                },
                List.copyOf(authorities),
                switch (forward.orElse("Summary")) {
                    case "Summary" -> ServerTls.Forward.SUMMARY;
                    case "Certificate" -> ServerTls.Forward.CERTIFICATE;
                    case "Nothing" -> ServerTls.Forward.NOTHING;
                    default -> {
                        problem(
                                CLIENT_FORWARD,
                                "is '" + HostNames.shown(forward.orElse(""))
                                        + "'; write Summary, Certificate or Nothing");
                        yield ServerTls.Forward.NOTHING;
                    }
                }));
    }

    private Optional<ObjectKey> authority(String entry) {
        String[] parts = entry.split("/", -1);
        if (parts.length != 2 || parts[1].length() > 253 || !HostNames.isName(parts[1])) {
            return Optional.empty();
        }
        return switch (parts[0]) {
            case "configmap" -> Optional.of(ObjectKey.configMap(namespace, parts[1]));
            case "secret" -> Optional.of(ObjectKey.secret(namespace, parts[1]));
            default -> Optional.empty();
        };
    }

    /** {@code 8760h}, {@code 8760h; includeSubDomains}, {@code 8760h; includeSubDomains; preload}. */
    private Optional<String> hsts() {
        Optional<String> text = value(HSTS);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        List<String> parts = new ArrayList<>();
        for (String part : text.get().split(";", -1)) {
            parts.add(part.strip());
        }
        List<String> flags = parts.subList(1, parts.size());
        boolean known = List.of(List.of(), List.of("includeSubDomains"), List.of("includeSubDomains", "preload"))
                .contains(flags);
        Optional<String> value = DurationText.parse(parts.getFirst())
                .filter(age -> known)
                .map(age -> ServerTlsText.hsts(age.toSeconds(), !flags.isEmpty(), flags.size() == 2));
        if (value.isEmpty()) {
            problem(
                    HSTS,
                    "is '" + HostNames.shown(text.get())
                            + "'; write a time such as 8760h, or 8760h; includeSubDomains, or 8760h; includeSubDomains; preload");
        }
        return value;
    }
}

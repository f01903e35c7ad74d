package dev.gatehouse.controller.model;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads what a Service's annotations say about TLS to its endpoints. What cannot be understood is an error, never a default:
 * a slip of the pen must not end verification.
 */
final class BackendTlsParser {

    private static final String PREFIX = "gatehouse.dev/backend-";
    private static final String SERVER_NAME = PREFIX + "server-name";
    private static final String NAMES = PREFIX + "names";
    private static final String VERIFY = PREFIX + "verify";
    private static final Set<String> KNOWN =
            Set.of(SERVER_NAME, NAMES, VERIFY, BackendTls.AUTHORITY, BackendTls.CLIENT_CERTIFICATE);

    private final String namespace;
    private final Map<String, String> annotations;
    private final List<Finding> errors = new ArrayList<>();

    private BackendTlsParser(String namespace, Map<String, String> annotations) {
        this.namespace = namespace;
        this.annotations = annotations;
    }

    static BackendTls parse(String namespace, Map<String, String> annotations) {
        return new BackendTlsParser(namespace, annotations).parse();
    }

    /** Whether there is any of the annotations. */
    static boolean any(Map<String, String> annotations) {
        return annotations.keySet().stream().anyMatch(name -> name.startsWith(PREFIX));
    }

    private BackendTls parse() {
        for (String name : new TreeSet<>(annotations.keySet())) {
            if (name.startsWith(PREFIX) && !KNOWN.contains(name)) {
                error(name, "is not known; known are " + String.join(", ", new TreeSet<>(KNOWN)));
            }
        }
        return new BackendTls(serverName(), names(), authority(), clientCertificate(), verified(), List.copyOf(errors));
    }

    private void error(String annotation, String message) {
        errors.add(Finding.error(Reasons.BACKEND_TLS_INVALID, BackendTls.field(annotation), message));
    }

    private Optional<String> value(String annotation) {
        return Optional.ofNullable(annotations.get(annotation)).map(String::strip);
    }

    private Optional<String> serverName() {
        Optional<String> name = value(SERVER_NAME).map(text -> text.toLowerCase(Locale.ROOT));
        if (name.isPresent()
                && (name.get().startsWith("*") || HostNames.problem(name.get()).isPresent())) {
            error(SERVER_NAME, shown(name.get()) + " is no DNS name; write one such as api.example.com");
            return Optional.empty();
        }
        return name;
    }

    private List<String> names() {
        TreeSet<String> names = new TreeSet<>();
        for (String entry : value(NAMES).map(text -> text.split(",", -1)).orElse(new String[0])) {
            String name = entry.strip();
            if (name.contains("://")) {
                if (isUri(name)) {
                    names.add(name);
                    continue;
                }
            } else if (isAddress(name)
                    || (!name.startsWith("*")
                            && HostNames.problem(name.toLowerCase(Locale.ROOT)).isEmpty())) {
                names.add(name.toLowerCase(Locale.ROOT));
                continue;
            }
            error(
                    NAMES,
                    "has " + shown(name) + ", which is neither a DNS name nor an IP address nor a URI; write names such"
                            + " as api.example.com or spiffe://cluster/shop/api, separated by commas");
        }
        return List.copyOf(names);
    }

    private Optional<ObjectKey> authority() {
        Optional<String> text = value(BackendTls.AUTHORITY);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = text.get().split("/", -1);
        if (parts.length == 2 && isName(parts[1])) {
            switch (parts[0].toLowerCase(Locale.ROOT)) {
                case "configmap":
                    return Optional.of(ObjectKey.configMap(namespace, parts[1]));
                case "secret":
                    return Optional.of(ObjectKey.secret(namespace, parts[1]));
                default: // falls to the error
            }
        }
        error(
                BackendTls.AUTHORITY,
                "is " + shown(text.get())
                        + "; write configmap/NAME or secret/NAME, of an object in the namespace of the" + " Service");
        return Optional.empty();
    }

    private Optional<ObjectKey> clientCertificate() {
        Optional<String> name = value(BackendTls.CLIENT_CERTIFICATE);
        if (name.isPresent() && !isName(name.get())) {
            error(
                    BackendTls.CLIENT_CERTIFICATE,
                    "is " + shown(name.get()) + "; write the name of a Secret in the namespace of the Service");
            return Optional.empty();
        }
        return name.map(secret -> ObjectKey.secret(namespace, secret));
    }

    private boolean verified() {
        Optional<String> text = value(VERIFY);
        if (text.isPresent() && !text.get().equals("full") && !text.get().equals("none")) {
            error(VERIFY, "is " + shown(text.get()) + "; write full, which is the default, or none");
        }
        return !text.equals(Optional.of("none"));
    }

    private static boolean isName(String name) {
        return !name.startsWith("*") && name.length() <= 253 && HostNames.isName(name);
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getScheme() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isAddress(String text) {
        if (text.indexOf(':') < 0 && !HostNames.looksLikeIpv4(text)) {
            return false;
        }
        try {
            return InetAddress.ofLiteral(text).getAddress().length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static String shown(String value) {
        return "'" + HostNames.shown(value) + "'";
    }
}

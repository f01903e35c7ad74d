package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.ServerTls.AuthorityRef;
import dev.gatehouse.crds.DurationText;
import dev.gatehouse.crds.FleetTls;
import dev.gatehouse.crds.ProxyRouteSpec;
import dev.gatehouse.crds.RouteAuthority;
import dev.gatehouse.crds.RouteClientCertificate;
import dev.gatehouse.crds.RouteHsts;
import dev.gatehouse.crds.RouteTls;
import dev.gatehouse.crds.TlsNames;
import dev.gatehouse.crds.TlsProfile;
import dev.gatehouse.crds.TlsVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what custom resources say about TLS with clients. What an API server would have refused is a problem that closes the
 * host: a slip of the pen must not let anybody in.
 */
final class RouteTlsParser {

    private final String field;
    private @Nullable Finding problem;

    private RouteTlsParser(String field) {
        this.field = field;
    }

    /** Of a ProxyRoute. */
    static ServerTls route(ProxyRouteSpec spec, RouteTls tls, String namespace) {
        RouteTlsParser parser = new RouteTlsParser("spec.tls");
        if (tls.passesThrough()) {
            parser.passthrough(spec, tls);
        }
        parser.suites(tls.cipherSuites());
        parser.alpn(tls.alpn());
        Optional<ServerTls.ClientCertificate> client =
                Optional.ofNullable(tls.clientCertificate()).flatMap(asked -> parser.client(asked, namespace));
        Optional<String> hsts = Optional.ofNullable(tls.hsts()).flatMap(parser::hsts);
        return new ServerTls(
                tls13Only(tls.minVersion(), tls.profile()),
                suites(tls.cipherSuites(), tls.profile()),
                tls.alpn(),
                client,
                hsts,
                Optional.ofNullable(parser.problem));
    }

    /** What speaks of the inside of TLS is not passed over: its author relies on it. */
    private void passthrough(ProxyRouteSpec spec, RouteTls tls) {
        if (tls.endsTls()) {
            problem(".passthrough", "is true: " + RouteTls.PASSTHROUGH_ALONE);
        } else if (tls.redirect() != null && !tls.redirect()) {
            problem(".redirect", "is false: " + RouteTls.PASSTHROUGH_REDIRECTS);
        } else if (spec.rules().size() != 1) {
            problem(".passthrough", "is true: " + ProxyRouteSpec.PASSTHROUGH_ONE_RULE);
        } else if (spec.rules().getFirst().readsRequests()) {
            problem(".passthrough", "is true: " + ProxyRouteSpec.PASSTHROUGH_UNREAD);
        }
    }

    /** The status that leads clear text to https; 0 if a ProxyRoute does not ask for it. */
    static int redirect(RouteTls tls, Consumer<Finding> findings) {
        int status = tls.redirectStatus() == null ? 308 : tls.redirectStatus();
        if (!ServerTlsText.REDIRECTS.contains(status)) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE,
                    "spec.tls.redirectStatus",
                    "is " + status + "; write 301, 302, 307 or 308. Until then it is 308"));
            status = 308;
        }
        return tls.passesThrough() || (tls.redirect() != null && tls.redirect()) ? status : 0;
    }

    /** Of a ProxyFleet; what cannot be understood costs itself, with a finding. */
    static ServerTls fleet(FleetTls tls, Consumer<Finding> findings) {
        RouteTlsParser parser = new RouteTlsParser("spec.listeners.tls");
        parser.suites(tls.cipherSuites());
        parser.alpn(tls.alpn());
        Finding problem = parser.problem;
        if (problem != null) {
            findings.accept(Finding.error(
                    Reasons.INVALID_VALUE, problem.field(), problem.message() + ". Until then the default holds"));
            return ServerTls.NONE;
        }
        return new ServerTls(
                tls13Only(tls.minVersion(), tls.profile()),
                suites(tls.cipherSuites(), tls.profile()),
                tls.alpn(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static Optional<Boolean> tls13Only(@Nullable TlsVersion version, @Nullable TlsProfile profile) {
        if (version != null) {
            return Optional.of(version == TlsVersion.TLS_1_3 || profile == TlsProfile.MODERN);
        }
        return Optional.ofNullable(profile).map(named -> named == TlsProfile.MODERN);
    }

    private static List<String> suites(List<String> named, @Nullable TlsProfile profile) {
        return profile == TlsProfile.INTERMEDIATE ? ServerTlsText.INTERMEDIATE : named;
    }

    private void problem(String where, String message) {
        if (problem == null) {
            problem = Finding.error(Reasons.TLS_OPTIONS_INVALID, field + where, message);
        }
    }

    private void suites(List<String> named) {
        for (int i = 0; i < named.size(); i++) {
            if (!TlsNames.SUITES.contains(named.get(i))) {
                problem(".cipherSuites[" + i + "]", ServerTlsText.unknownSuite(named.get(i)));
            }
        }
    }

    private void alpn(List<String> named) {
        for (int i = 0; i < named.size(); i++) {
            if (!TlsNames.ALPN.contains(named.get(i))) {
                problem(".alpn[" + i + "]", ServerTlsText.unknownProtocol(named.get(i)));
            }
        }
    }

    private Optional<ServerTls.ClientCertificate> client(RouteClientCertificate asked, String namespace) {
        List<AuthorityRef> authorities = new ArrayList<>();
        for (int i = 0; i < asked.ca().size(); i++) {
            RouteAuthority named = asked.ca().get(i);
            String where = ".clientCertificate.ca[" + i + "]";
            if (named.configMap() != null && named.secret() == null) {
                authorities.add(new AuthorityRef(
                        ObjectKey.configMap(namespace, named.configMap()), field + where + ".configMap"));
            } else if (named.secret() != null && named.configMap() == null) {
                authorities.add(
                        new AuthorityRef(ObjectKey.secret(namespace, named.secret()), field + where + ".secret"));
            } else {
                problem(where, "names not exactly one object; write either configMap: or secret: with its name");
            }
        }
        if (authorities.isEmpty()) {
            problem(".clientCertificate.ca", "is empty; name a ConfigMap or Secret with the issuers of the clients");
        }
        if (asked.mode() == null) {
            problem(".clientCertificate.mode", "is missing; write Require, Optional or Request");
            return Optional.empty();
        }
        return Optional.of(new ServerTls.ClientCertificate(
                switch (asked.mode()) {
                    case Require -> ServerTls.Mode.REQUIRE;
                    case Optional -> ServerTls.Mode.OPTIONAL;
                    case Request -> ServerTls.Mode.REQUEST;
                },
                List.copyOf(authorities),
                switch (Objects.requireNonNullElse(asked.forward(), RouteClientCertificate.Forward.Summary)) {
                    case Summary -> ServerTls.Forward.SUMMARY;
                    case Certificate -> ServerTls.Forward.CERTIFICATE;
                    case Nothing -> ServerTls.Forward.NOTHING;
                }));
    }

    private Optional<String> hsts(RouteHsts asked) {
        Optional<Duration> age = DurationText.parse(asked.maxAge());
        if (age.isEmpty()) {
            problem(
                    ".hsts.maxAge",
                    "is '" + HostNames.shown(asked.maxAge()) + "'; write a time such as 8760h, which is a year");
        }
        return age.map(
                duration -> ServerTlsText.hsts(duration.toSeconds(), asked.includeSubDomains(), asked.preload()));
    }
}

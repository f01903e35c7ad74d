package dev.gatehouse.controller.model;

import dev.gatehouse.crds.FleetLimits;
import dev.gatehouse.crds.FleetTimeouts;
import dev.gatehouse.crds.FleetTls;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyFleetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads what of a ProxyFleet concerns the snapshot. A setting that cannot be read costs itself: its default holds. */
final class ProxyFleetParser {

    private static final String TIMEOUTS = "spec.listeners.timeouts.";

    private final List<Finding> findings = new ArrayList<>();

    private ProxyFleetParser() {}

    static ResourceModel parse(Meta meta, ProxyFleet fleet) {
        ProxyFleetParser parser = new ProxyFleetParser();
        ProxyFleetSpec spec = fleet.getSpec();
        if (spec == null) {
            return new ProxyFleetModel(
                    meta, ListenerSettings.DEFAULTS, Optional.empty(), releaseHold(fleet), List.of());
        }
        ListenerSettings settings = parser.settings(spec);
        Optional<HostRules.CertificateRef> certificate = Optional.empty();
        if (spec.defaultCertificate() != null
                && !spec.defaultCertificate().secretName().isEmpty()) {
            ObjectKey secret = ObjectKey.secret(
                    meta.key().namespace(), spec.defaultCertificate().secretName());
            certificate = Optional.of(new HostRules.CertificateRef(secret, "spec.defaultCertificate.secretName"));
        }
        return new ProxyFleetModel(meta, settings, certificate, releaseHold(fleet), List.copyOf(parser.findings));
    }

    private static Optional<String> releaseHold(ProxyFleet fleet) {
        return Optional.ofNullable(fleet.getMetadata().getAnnotations())
                .map(annotations -> annotations.get(ProxyFleetModel.RELEASE_HOLD))
                .filter(value -> !value.isEmpty());
    }

    private ListenerSettings settings(ProxyFleetSpec spec) {
        FleetLimits limits = spec.listeners().limits();
        FleetTimeouts timeouts = spec.listeners().timeouts();
        List<String> trusted = trustedProxies(spec.listeners().trustedProxies());
        boolean proxyProtocol = spec.listeners().proxyProtocol();
        if (proxyProtocol && trusted.isEmpty()) {
            findings.add(Finding.error(
                    Reasons.INVALID_VALUE,
                    "spec.listeners.proxyProtocol",
                    "is true, but spec.listeners.trustedProxies names nobody who may send the header; add the networks of the"
                            + " load balancers in front. Until then every connection is closed"));
        }
        return new ListenerSettings(
                trusted,
                number(limits.maxHeadBytes(), "maxHeadBytes"),
                number(limits.maxHeaderCount(), "maxHeaderCount"),
                number(limits.maxUriBytes(), "maxUriBytes"),
                bodyBytes(limits.maxBodyBytes()),
                millis(timeouts.header(), "header"),
                millis(timeouts.idle(), "idle"),
                millis(timeouts.body(), "body"),
                millis(timeouts.request(), "request"),
                millis(timeouts.connect(), "connect"),
                millis(timeouts.upstreamIdle(), "upstreamIdle"),
                number(limits.maxUpstreamConnections(), "maxUpstreamConnections"),
                millis(timeouts.poolWait(), "poolWait"),
                proxyProtocol,
                spec.listeners().http2Cleartext(),
                number(limits.maxConnections(), "maxConnections"),
                number(limits.maxRequestsPerConnection(), "maxRequestsPerConnection"),
                number(limits.maxConcurrentStreams(), "maxConcurrentStreams"),
                number(limits.minBodyBytesPerSecond(), "minBodyBytesPerSecond"),
                millis(timeouts.connectionAge(), "connectionAge"),
                RouteTlsParser.fleet(spec.listeners().tls(), findings::add),
                spec.listeners().tls().unknownName() == FleetTls.UnknownName.Refuse,
                spec.listeners().tls().sessionTickets(),
                spec.listeners().tls().ocspStapling());
    }

    private List<String> trustedProxies(List<String> blocks) {
        TreeSet<String> valid = new TreeSet<>();
        for (int i = 0; i < blocks.size(); i++) {
            if (Cidrs.isCidr(blocks.get(i))) {
                valid.add(blocks.get(i));
            } else {
                findings.add(Finding.error(
                        Reasons.INVALID_VALUE,
                        "spec.listeners.trustedProxies[" + i + "]",
                        "is '" + HostNames.shown(blocks.get(i))
                                + "'; write a network such as 10.0.0.0/8. Until then it is not trusted"));
            }
        }
        return List.copyOf(valid);
    }

    private int number(@Nullable Integer value, String name) {
        if (value != null && value < 1) {
            findings.add(invalidLimit(name, value));
            return 0;
        }
        return value == null ? 0 : value;
    }

    private long bodyBytes(@Nullable Long value) {
        if (value == null) {
            return 0;
        }
        if (value < 0) {
            findings.add(invalidLimit("maxBodyBytes", value));
            return 0;
        }
        return value == 0 ? Long.MAX_VALUE : value;
    }

    private static Finding invalidLimit(String name, long value) {
        return Finding.error(
                Reasons.INVALID_VALUE,
                "spec.listeners.limits." + name,
                "is " + value + "; write a number above 0. Until then the default holds");
    }

    private int millis(@Nullable String text, String name) {
        return text == null ? 0 : Durations.millis(text, TIMEOUTS + name, findings::add);
    }
}

package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.dataplane.match.ByteIndex;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.RequestView;
import dev.gatehouse.dataplane.match.Trial;
import dev.gatehouse.dataplane.policy.TlsOptions;
import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.Decision.Considered;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one version of the snapshot says about requests. Immutable and shared by all event loops; a request keeps the
 * table it began with. Endpoints are not part of it: see {@link dev.gatehouse.dataplane.balance.Upstream}.
 */
public final class RoutingTable {

    /** No rule of this table takes the request: 404. */
    public static final CompiledRule NO_ROUTE = CompiledRule.NONE;

    private static final RoutingTable EMPTY = new RoutingTable(
            Snapshot.empty(),
            ByteIndex.empty(),
            ByteIndex.empty(),
            null,
            null,
            SessionKeys.NONE,
            Map.of(),
            Map.of(),
            ByteIndex.empty(),
            CertificateTable.EMPTY);

    private final Snapshot snapshot;
    private final ByteIndex<CompiledHost> hosts;
    private final ByteIndex<CompiledHost> wildcards;
    private final @Nullable CompiledHost anyHost;
    private final @Nullable CompiledRule defaultRule;
    private final SessionKeys sessionKeys;
    private final Map<String, ListenerSettings> listeners;
    private final Map<String, TicketKeys> tickets;
    private final ByteIndex<Staple> staples;
    private final CertificateTable certificates;

    private RoutingTable(
            Snapshot snapshot,
            ByteIndex<CompiledHost> hosts,
            ByteIndex<CompiledHost> wildcards,
            @Nullable CompiledHost anyHost,
            @Nullable CompiledRule defaultRule,
            SessionKeys sessionKeys,
            Map<String, ListenerSettings> listeners,
            Map<String, TicketKeys> tickets,
            ByteIndex<Staple> staples,
            CertificateTable certificates) {
        this.snapshot = snapshot;
        this.hosts = hosts;
        this.wildcards = wildcards;
        this.anyHost = anyHost;
        this.defaultRule = defaultRule;
        this.sessionKeys = sessionKeys;
        this.listeners = listeners;
        this.tickets = tickets;
        this.staples = staples;
        this.certificates = certificates;
    }

    /** Routes nothing. */
    public static RoutingTable empty() {
        return EMPTY;
    }

    /** What the table was built from: refused shards in their last good version. */
    public Snapshot snapshot() {
        return snapshot;
    }

    /** The version. */
    public Digest root() {
        return snapshot.root();
    }

    /** The settings of a listener; the defaults if the snapshot has none for it. */
    public ListenerSettings listener(String name) {
        ListenerSettings settings = listeners.get(name);
        return settings == null ? ListenerSettings.defaults(name) : settings;
    }

    /** What clients of a listener are shown along with a certificate; empty: nothing. It may be at its end. */
    public Optional<Staple> staple(ListenerSettings listener, ServerCertificate certificate) {
        return listener.ocspStapling()
                ? staples.get(certificate.id().name()).filter(staple -> staple.isAbout(certificate))
                : Optional.empty();
    }

    /** What endpoints are named with in sticky cookies; the same object while nothing about them changes. */
    public SessionKeys sessionKeys() {
        return sessionKeys;
    }

    /** What the session tickets of a listener are made with; empty: it gives none and takes none. */
    public Optional<TicketKeys> tickets(String listener) {
        return Optional.ofNullable(tickets.get(listener));
    }

    public CertificateTable certificates() {
        return certificates;
    }

    /**
     * The rule that answers, or {@link #NO_ROUTE}. The most specific host decides: exact, wildcard of one label, any
     * (Ingress: "Hostname wildcards"). A host that has no matching rule does not fall through to a less specific one: its
     * own default rule answers, then the fleet's. One that has no rules at all, but certificates, does. Allocates nothing.
     */
    public CompiledRule route(RequestView request) {
        CompiledHost host = host(request.bytes(), request.hostStart(), request.hostLength());
        CompiledRule rule = host == null ? null : host.find(request);
        if (rule == null) {
            rule = defaultRule;
        }
        return rule == null ? NO_ROUTE : rule;
    }

    /** As {@link #route}, telling of every step. Allocates: not for serving. */
    public Decision explain(RequestView request) {
        List<Considered> considered = new ArrayList<>();
        Optional<CompiledHost> decides = Optional.empty();
        for (String name : covering(
                new String(request.bytes(), request.hostStart(), request.hostLength(), StandardCharsets.UTF_8))) {
            Optional<CompiledHost> host = named(name);
            considered.add(new Considered(name, host.isPresent()));
            decides = decides.or(() -> host);
        }
        List<Trial> trials = decides.map(host -> host.trials(request)).orElse(List.of());
        Optional<CompiledRule> matching =
                trials.stream().filter(Trial::matches).map(Trial::rule).findFirst();
        if (matching.isPresent()) {
            return new Decision(considered, trials, Decision.By.MATCH, matching.get());
        }
        Optional<CompiledRule> ofHost = decides.flatMap(CompiledHost::defaultRule);
        if (ofHost.isPresent()) {
            return new Decision(considered, trials, Decision.By.HOST_DEFAULT, ofHost.get());
        }
        return defaultRule == null
                ? new Decision(considered, trials, Decision.By.NOTHING, NO_ROUTE)
                : new Decision(considered, trials, Decision.By.FLEET_DEFAULT, defaultRule);
    }

    /** The names under which a host may be served, most specific first: its own, the wildcard of its parent, any. */
    public static List<String> covering(String host) {
        int dot = host.indexOf('.', 1);
        return dot < 0 ? List.of(host, "*") : List.of(host, "*" + host.substring(dot), "*");
    }

    private Optional<CompiledHost> named(String name) {
        if (name.equals("*")) {
            return Optional.ofNullable(anyHost);
        }
        return name.startsWith("*.") ? wildcards.get(name.substring(1)) : hosts.get(name);
    }

    /**
     * How TLS is to be done with clients of a host, by the same choice of host as for requests. Allocates nothing, once a host
     * was asked for.
     *
     * @param bytes hold the host, in lower case; an empty one is that of a client which names none
     */
    @SuppressWarnings("ReferenceEquality") // NONE is a sentinel
    public TlsPolicy tlsPolicy(ListenerSettings listener, byte[] bytes, int start, int length) {
        CompiledHost host = host(bytes, start, length);
        TlsOptions options = host == null ? TlsOptions.NONE : host.tls();
        return options == TlsOptions.NONE ? listener.tls().over(TlsOptions.NONE) : options.over(listener.tls());
    }

    /**
     * The rule that takes TLS connections to a host as they are; null if they end here.
     *
     * @param bytes hold the host, in lower case; an empty one is that of a client which names none
     */
    public @Nullable CompiledRule passthrough(byte[] bytes, int start, int length) {
        CompiledHost host = host(bytes, start, length);
        return host == null ? null : host.passthrough();
    }

    /** Whether TLS clients that name this host, or none, are known: by a route or by a certificate. */
    public boolean knows(String serverName) {
        byte[] name = serverName.getBytes(StandardCharsets.UTF_8);
        return host(name, 0, name.length) != null || certificates.hasName(serverName);
    }

    private @Nullable CompiledHost host(byte[] bytes, int start, int length) {
        CompiledHost found = hosts.get(bytes, start, length);
        if (found == null && wildcards.size() > 0) {
            int dot = 1;
            while (dot < length && bytes[start + dot] != '.') {
                dot++;
            }
            found = dot < length ? wildcards.get(bytes, start + dot, length - dot) : null;
        }
        return found == null ? anyHost : found;
    }

    /** Collects what differs in the next table; all else is shared with the last one. */
    static final class Changes {

        private final RoutingTable last;
        private final Map<String, Optional<CompiledHost>> hosts = new HashMap<>();
        private final Map<String, Optional<CompiledHost>> wildcards = new HashMap<>();
        private @Nullable CompiledHost anyHost;
        private @Nullable CompiledRule defaultRule;
        private SessionKeys sessionKeys;
        private Map<String, ListenerSettings> listeners;
        private Map<String, TicketKeys> tickets;
        private final Map<String, Optional<Staple>> staples = new HashMap<>();

        Changes(RoutingTable last) {
            this.last = last;
            this.anyHost = last.anyHost;
            this.defaultRule = last.defaultRule;
            this.sessionKeys = last.sessionKeys;
            this.listeners = last.listeners;
            this.tickets = last.tickets;
        }

        /** Sets or, with an empty value, removes a host; returns the one of the last table. */
        Optional<CompiledHost> host(String name, Optional<CompiledHost> given) {
            Optional<CompiledHost> host = given.filter(CompiledHost::routes);
            if (name.equals("*")) {
                anyHost = host.orElse(null);
                return Optional.ofNullable(last.anyHost);
            }
            if (name.startsWith("*.")) {
                wildcards.put(name.substring(1), host);
                return last.wildcards.get(name.substring(1));
            }
            hosts.put(name, host);
            return last.hosts.get(name);
        }

        /** Sets or removes what takes requests that nothing else does; returns the one of the last table. */
        Optional<CompiledRule> defaultRule(Optional<CompiledRule> rule) {
            defaultRule = rule.orElse(null);
            return Optional.ofNullable(last.defaultRule);
        }

        void sessionKeys(SessionKeys keys) {
            if (!keys.equals(sessionKeys)) {
                sessionKeys = keys;
            }
        }

        void listener(String name, Optional<ListenerSettings> settings) {
            listeners = with(listeners, name, settings);
        }

        void staple(String certificate, Optional<Staple> staple) {
            staples.put(certificate, staple);
        }

        void tickets(String listener, Optional<TicketKeys> keys) {
            tickets = with(tickets, listener, keys);
        }

        private static <T> Map<String, T> with(Map<String, T> all, String name, Optional<T> value) {
            Map<String, T> next = new HashMap<>(all);
            value.ifPresentOrElse(one -> next.put(name, one), () -> next.remove(name));
            return Map.copyOf(next);
        }

        RoutingTable table(Snapshot snapshot, CertificateTable certificates) {
            return new RoutingTable(
                    snapshot,
                    last.hosts.with(hosts),
                    last.wildcards.with(wildcards),
                    anyHost,
                    defaultRule,
                    sessionKeys,
                    listeners,
                    tickets,
                    last.staples.with(staples),
                    certificates);
        }
    }
}

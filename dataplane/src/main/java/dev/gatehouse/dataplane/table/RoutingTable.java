package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.ByteIndex;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.RequestView;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Snapshot;
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
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            CertificateTable.EMPTY);

    private final Snapshot snapshot;
    private final ByteIndex<CompiledHost> hosts;
    private final ByteIndex<CompiledHost> wildcards;
    private final Optional<CompiledHost> anyHost;
    private final Optional<CompiledRule> defaultRule;
    private final Map<String, ListenerSettings> listeners;
    private final CertificateTable certificates;

    RoutingTable(
            Snapshot snapshot,
            ByteIndex<CompiledHost> hosts,
            ByteIndex<CompiledHost> wildcards,
            Optional<CompiledHost> anyHost,
            Optional<CompiledRule> defaultRule,
            Map<String, ListenerSettings> listeners,
            CertificateTable certificates) {
        this.snapshot = snapshot;
        this.hosts = hosts;
        this.wildcards = wildcards;
        this.anyHost = anyHost;
        this.defaultRule = defaultRule;
        this.listeners = listeners;
        this.certificates = certificates;
    }

    public static RoutingTable empty() {
        return EMPTY;
    }

    /** What the table was built from: refused shards in their last good version. */
    public Snapshot snapshot() {
        return snapshot;
    }

    public Digest root() {
        return snapshot.root();
    }

    /** The settings of a listener; the defaults if the snapshot has none for it. */
    public ListenerSettings listener(String name) {
        return Optional.ofNullable(listeners.get(name)).orElseGet(() -> ListenerSettings.defaults(name));
    }

    public CertificateTable certificates() {
        return certificates;
    }

    /**
     * The rule that answers, or {@link #NO_ROUTE}. The most specific host decides: exact, wildcard of one label, any.
     * There is no falling through from a host that has no matching rule to a less specific one; only the default rules
     * are asked then. Allocates nothing.
     */
    public CompiledRule route(RequestView request) {
        CompiledHost host = host(request.bytes(), request.hostStart(), request.hostLength());
        CompiledRule rule = host == null ? null : host.find(request);
        if (rule != null) {
            return rule;
        }
        return defaultRule.isPresent() ? defaultRule.get() : NO_ROUTE;
    }

    private @Nullable CompiledHost host(byte[] bytes, int start, int length) {
        CompiledHost exact = hosts.get(bytes, start, length);
        if (exact != null) {
            return exact;
        }
        if (wildcards.size() > 0) {
            for (int i = 1; i < length; i++) {
                if (bytes[start + i] == '.') {
                    CompiledHost wildcard = wildcards.get(bytes, start + i, length - i);
                    if (wildcard != null) {
                        return wildcard;
                    }
                    break;
                }
            }
        }
        return anyHost.isPresent() ? anyHost.get() : null;
    }

    ByteIndex<CompiledHost> hosts() {
        return hosts;
    }

    ByteIndex<CompiledHost> wildcards() {
        return wildcards;
    }

    Optional<CompiledHost> anyHost() {
        return anyHost;
    }

    Optional<CompiledRule> defaultRule() {
        return defaultRule;
    }

    Map<String, ListenerSettings> listeners() {
        return listeners;
    }
}

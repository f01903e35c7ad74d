package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.ListenerSettings;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.controller.model.ServerTls;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the shards that hold for a whole fleet: the global one and those of its listeners. */
final class FleetCompiler {

    private static final String ANY = "*";
    private static final String SECURE = "https";
    private static final List<String> LISTENERS = List.of("http", SECURE);

    private final RuleCompiler rules;
    private final Certificates certificates;
    private final HostGrants grants;

    FleetCompiler(RuleCompiler rules, Certificates certificates, HostGrants grants) {
        this.grants = grants;
        this.rules = rules;
        this.certificates = certificates;
    }

    /**
     * Compiles a fleet.
     *
     * @param object its ProxyFleet; the default fleet may do without
     * @param contributors Ingresses without rules, oldest first: the first one's backend is the fleet's default
     * @param keys those that there are as yet
     */
    Unit compile(
            FleetKey fleet,
            Optional<ProxyFleetModel> object,
            Collection<RouteModel> contributors,
            Map<KeyPurpose, SharedKeys> keys) {
        Unit.Builder unit = new Unit.Builder();
        Global.Builder global = Global.newBuilder().setFleet(fleet.toString());
        Optional<RouteModel> winner = Optional.empty();
        for (RouteModel route : contributors) {
            RuleModel rule = route.globalDefault()
                    .orElseThrow(() -> new IllegalStateException(route.key() + " has no default backend"));
            Part part = unit.part(route.key());
            if (grants.refuses(ANY, rule.field(), route, part)) {
                continue;
            }
            if (winner.isPresent()) {
                part.find(Finding.error(
                        Reasons.DEFAULT_BACKEND_TAKEN,
                        rule.field(),
                        HostCompiler.defaultTaken("all hosts", winner.get())));
                continue;
            }
            winner = Optional.of(route);
            part.shard(ShardId.GLOBAL);
            part.served();
            global.setDefaultRule(rules.compile(route, rule, HostTerms.NONE, part));
        }
        ListenerSettings settings = object.map(ProxyFleetModel::settings).orElse(ListenerSettings.DEFAULTS);
        List<Shard> shards = new ArrayList<>();
        for (String name : LISTENERS) {
            shards.add(Shard.of(
                    ShardId.listener(name),
                    ShardBody.newBuilder().setListener(listener(name, settings)).build()));
        }
        Optional.ofNullable(keys.get(KeyPurpose.SESSION_TICKETS))
                .filter(any -> settings.sessionTickets())
                .ifPresent(tickets -> shards.add(TicketCompiler.compile(SECURE, fleet, tickets)));
        Optional.ofNullable(keys.get(KeyPurpose.STICKY_SESSIONS))
                .ifPresent(sessions -> global.addAllSessionKeys(FleetKeys.derive(sessions, fleet)));
        if (object.isPresent()) {
            Part part = unit.part(object.get().key());
            part.shard(ShardId.GLOBAL);
            shards.forEach(shard -> part.shard(shard.id()));
            object.get()
                    .defaultCertificate()
                    .flatMap(reference -> certificates.forFleet(reference, part))
                    .ifPresent(certificate -> global.setDefaultCertificate(certificate.toString()));
        }
        shards.add(Shard.of(
                ShardId.GLOBAL, ShardBody.newBuilder().setGlobal(global).build()));
        return unit.build(shards);
    }

    private static Listener listener(String name, ListenerSettings settings) {
        Listener.Builder listener = Listener.newBuilder()
                .setName(name)
                .addAllTrustedProxies(settings.trustedProxies())
                .setMaxHeadBytes(settings.maxHeadBytes())
                .setMaxHeaderCount(settings.maxHeaderCount())
                .setMaxUriBytes(settings.maxUriBytes())
                .setMaxBodyBytes(settings.maxBodyBytes())
                .setHeaderTimeoutMs(settings.headerTimeoutMs())
                .setIdleTimeoutMs(settings.idleTimeoutMs())
                .setBodyTimeoutMs(settings.bodyTimeoutMs())
                .setRequestTimeoutMs(settings.requestTimeoutMs())
                .setConnectTimeoutMs(settings.connectTimeoutMs())
                .setUpstreamIdleTimeoutMs(settings.upstreamIdleTimeoutMs())
                .setMaxUpstreamConnections(settings.maxUpstreamConnections())
                .setPoolWaitTimeoutMs(settings.poolWaitTimeoutMs())
                .setProxyProtocol(settings.proxyProtocol())
                .setHttp2Cleartext(settings.http2Cleartext())
                .setMaxConnections(settings.maxConnections())
                .setMaxRequestsPerConnection(settings.maxRequestsPerConnection())
                .setMaxConcurrentStreams(settings.maxConcurrentStreams())
                .setMinBodyBytesPerSecond(settings.minBodyBytesPerSecond())
                .setMaxConnectionAgeMs(settings.maxConnectionAgeMs());
        if (name.equals(SECURE)) {
            listener.setRefuseUnknownNames(settings.refuseUnknownNames()).setOcspStaplingOff(!settings.ocspStapling());
            if (!settings.tls().equals(ServerTls.NONE)) {
                listener.setTls(ServerTlsCompiler.plain(settings.tls()));
            }
        }
        return listener.build();
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.HostKey;
import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.ProxyFleetModel;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.SharedKeys;
import java.util.EnumMap;
import java.util.Map;

/** Compiles a host, or what belongs to a whole fleet, from the objects that there are. */
final class UnitCompiler {

    private final Objects objects;
    private final RouteGraph graph;
    private final HostCompiler hosts;
    private final FleetCompiler fleets;
    private final Map<KeyPurpose, SharedKeys> keys = new EnumMap<>(KeyPurpose.class);

    /** @param standalone whether names may lead to this machine */
    UnitCompiler(
            Objects objects,
            RouteGraph graph,
            UpstreamClaims claims,
            KeptCertificates kept,
            Statuses statuses,
            boolean standalone) {
        this.objects = objects;
        this.graph = graph;
        RuleCompiler rules = new RuleCompiler(new Backends(objects, claims, standalone), new Policies(objects));
        Certificates certificates = new Certificates(objects, kept, statuses);
        HostGrants grants = new HostGrants(objects);
        this.hosts = new HostCompiler(rules, certificates, new ServerTlsCompiler(objects), grants);
        this.fleets = new FleetCompiler(rules, certificates, grants);
    }

    /** What session tickets or sticky sessions are made with from now on. */
    void renew(SharedKeys next) {
        keys.put(next.purpose(), next);
    }

    /**
     * Compiles one. A mistake of ours that comes to light with one host is no reason to stop for the others: what it served stays.
     *
     * @param before what it was compiled to last
     */
    Unit compile(HostKey host, Unit before, Dirty dirty) {
        try {
            return host.isFleet()
                    ? fleets.compile(
                            host.fleet(),
                            objects.get(host.fleet().object()).map(ProxyFleetModel.class::cast),
                            graph.contributors(host),
                            keys)
                    : hosts.compile(host.host(), graph.contributors(host));
        } catch (RuntimeException e) {
            dirty.failures.put(host, e);
            return before.stale(
                    graph.contributors(host).stream().map(RouteModel::key).toList(), Holding.notCompiled(host, e));
        }
    }
}

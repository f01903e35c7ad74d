package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.List;
import java.util.Optional;

/** The routes of one host, Services of the namespace {@code shop} behind it, and what they are compiled to. */
final class OneHost {

    static final FleetKey FLEET = Shops.FLEET;

    private static final ShardId HOST = ShardId.host("a.example.com");

    private final World world = new World(WorldOptions.cluster(FLEET));

    /** @param services that are there, each with the port 80 */
    OneHost(String... services) {
        apply("""
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec: {controller: gatehouse.dev/controller}
                """);
        for (String service : services) {
            apply("""
                    apiVersion: v1
                    kind: Service
                    metadata: {name: %s, namespace: shop}
                    spec: {ports: [{port: 80}]}
                    """.formatted(service));
        }
    }

    /** Brings what is written in documents of YAML. */
    OneHost apply(String... documents) {
        world.apply(new Manifests().upserts(String.join("\n---\n", documents)));
        return this;
    }

    /**
     * An Ingress of the host with the path {@code /api}.
     *
     * @param year since when it is there
     * @param annotations YAML, one in a line or more
     * @param service that it leads to
     */
    static String ingress(String name, int year, String annotations, String service) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata:
                  name: %s
                  namespace: shop
                  creationTimestamp: "%d-01-01T00:00:00Z"
                  annotations:
                %sspec:
                  ingressClassName: gatehouse
                  rules:
                  - host: a.example.com
                    http:
                      paths:
                      - {path: /api, pathType: Prefix, backend: {service: {name: %s, port: {number: 80}}}}
                """.formatted(name, year, annotations.indent(4), service);
    }

    /**
     * A ProxyRoute {@code shop/web} of the host with the path {@code /api}.
     *
     * @param fields YAML of its rule, one in a line
     */
    static String proxyRoute(int year, String fields) {
        return """
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyRoute
                metadata: {name: web, namespace: shop, creationTimestamp: "%d-01-01T00:00:00Z"}
                spec:
                  ingressClassName: gatehouse
                  hosts: [a.example.com]
                  rules:
                  - matches: [{path: {prefix: /api}}]
                %s
                """.formatted(year, fields.indent(4));
    }

    /** Empty if nobody asks for the host. */
    Optional<Shard> shard() {
        return world.snapshot(FLEET).get(HOST);
    }

    List<Rule> rules() throws Exception {
        return shard().orElseThrow().body().getHost().getRulesList();
    }

    /** The first or only one. */
    Rule rule() throws Exception {
        return rules().getFirst();
    }

    Upstream upstream(String service) throws Exception {
        return world.snapshot(FLEET)
                .get(ShardId.upstream("shop", service, 80))
                .orElseThrow()
                .body()
                .getUpstream();
    }

    /** What an object is told. */
    Verdict verdict(ObjectKey object) {
        return Optional.ofNullable(world.verdicts().get(object)).orElseThrow();
    }

    /** As {@link #verdict}, of an Ingress. */
    List<Finding> findings(String ingress) {
        return verdict(new ObjectKey(Kind.INGRESS, "shop", ingress)).findings();
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** A cluster of many hosts, {@code s0.example.com} and so on, each with an Ingress, a Service and an endpoint of its own. */
final class Shops {

    static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");

    private static final Manifests MANIFESTS = new Manifests();

    private Shops() {}

    /** Those with the numbers from {@code from} on, up to and without {@code to}. */
    static List<Change> all(int from, int to) {
        List<Change> changes = new ArrayList<>(MANIFESTS.upserts("""
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: gatehouse}
                spec: {controller: gatehouse.dev/controller}
                """));
        changes.addAll(fleet(""));
        changes.addAll(each(from, to, i -> ingress(i, "api" + i) + "---\n" + service(i) + "---\n" + slice(i, 1)));
        return changes;
    }

    static List<Change> each(int from, int to, IntFunction<String> yaml) {
        return MANIFESTS.upserts(
                String.join("---\n", IntStream.range(from, to).mapToObj(yaml).toList()));
    }

    static List<Change> deleted(int from, int to) {
        return IntStream.range(from, to)
                .<Change>mapToObj(i -> new Change.Delete(key(i)))
                .toList();
    }

    static ObjectKey key(int number) {
        return new ObjectKey(Kind.INGRESS, "shop", "s" + number);
    }

    static String host(int number) {
        return "s" + number + ".example.com";
    }

    /** @param annotations of the fleet, YAML */
    static List<Change> fleet(String annotations) {
        return MANIFESTS.upserts("""
                apiVersion: gatehouse.dev/v1alpha1
                kind: ProxyFleet
                metadata: {namespace: gatehouse-system, name: default, uid: fleet, annotations: {%s}}
                spec: {}
                """.formatted(annotations));
    }

    static String ingress(int number, String service) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: s%1$d, uid: s%1$d}
                spec:
                  ingressClassName: gatehouse
                  rules:
                  - host: s%1$d.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %2$s, port: {number: 80}}}}]}
                """.formatted(number, service);
    }

    static String service(int number) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: api%d}
                spec: {ports: [{port: 80}]}
                """.formatted(number);
    }

    static String slice(int number, int address) {
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: shop, name: api%1$d, labels: {kubernetes.io/service-name: api%1$d}}
                addressType: IPv4
                ports: [{port: 8080}]
                endpoints: [{addresses: [10.0.0.%2$d], conditions: {ready: true}}]
                """.formatted(number, address);
    }
}

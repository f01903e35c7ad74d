package dev.gatehouse.e2e;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Ingresses of the namespace {@code shop} as they are written, and what its objects are then told. */
final class ShopObjects {

    private final Gatehouse gatehouse;

    ShopObjects(Gatehouse gatehouse) {
        this.gatehouse = gatehouse;
    }

    /** @param secret with the certificate of the host; empty for none */
    static String ingress(String name, String host, String service, String port, String secret) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %s}
                spec:
                  ingressClassName: gatehouse
                  %s
                  rules:
                  - host: %s
                    http:
                      paths:
                      - path: /
                        pathType: Prefix
                        backend: {service: {name: %s, port: %s}}
                """.formatted(
                        name,
                        secret.isEmpty() ? "" : "tls: [{hosts: [" + host + "], secretName: " + secret + "}]",
                        host,
                        service,
                        port);
    }

    Ingress ingress(String name) {
        return gatehouse
                .client()
                .resources(Ingress.class)
                .inNamespace("shop")
                .withName(name)
                .require();
    }

    /** What the status of an Ingress shows. */
    List<String> addresses(String name) {
        var status = ingress(name).getStatus();
        return status == null
                        || status.getLoadBalancer() == null
                        || status.getLoadBalancer().getIngress() == null
                ? List.of()
                : status.getLoadBalancer().getIngress().stream()
                        .map(entry -> entry.getIp() != null ? entry.getIp() : entry.getHostname())
                        .toList();
    }

    /** Notes of the Events about an object, by reason. */
    Map<String, String> events(String object) {
        return gatehouse.client().resources(Event.class).inNamespace("shop").list().getItems().stream()
                .filter(event -> event.getRegarding().getName().equals(object))
                .collect(Collectors.toMap(Event::getReason, Event::getNote, (one, another) -> one + "\n" + another));
    }
}

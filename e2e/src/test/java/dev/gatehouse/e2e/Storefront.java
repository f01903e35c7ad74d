package dev.gatehouse.e2e;

import static org.awaitility.Awaitility.await;

import dev.gatehouse.testkit.NamedBackend;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.time.Duration;
import org.awaitility.core.ConditionFactory;

/** A Service that answers with its name, and Ingresses that lead to it, each from the host {@code NAME.example.com}. */
final class Storefront implements AutoCloseable {

    private static final String NAME = "storefront";
    private static final String NAMESPACE = "shop";

    private final Gatehouse gatehouse;
    private final NamedBackend backend = new NamedBackend(NAME);

    Storefront(Gatehouse gatehouse) {
        this.gatehouse = gatehouse;
        gatehouse.apply(backend.serviceYaml(NAMESPACE, NAME));
    }

    /** Writes an Ingress. */
    void open(String name) {
        gatehouse.apply(ingress(name, ""));
    }

    /** As {@link #open}, with a certificate. */
    void open(String name, String secret) {
        gatehouse.apply(ingress(name, "tls: [{hosts: [%s.example.com], secretName: %s}]".formatted(name, secret)));
    }

    private static String ingress(String name, String tls) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: %1$s}
                spec:
                  ingressClassName: gatehouse
                  %2$s
                  rules:
                  - host: %1$s.example.com
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: storefront, port: {number: 80}}}}]
                """.formatted(name, tls);
    }

    void remove(String name) {
        ingress(name).delete();
    }

    private Resource<Ingress> ingress(String name) {
        return gatehouse
                .client()
                .resources(Ingress.class)
                .inNamespace(NAMESPACE)
                .withName(name);
    }

    /** Whether the status of an Ingress has been written. */
    boolean showsItsAddress(String name) {
        return !ingress(name)
                .require()
                .getStatus()
                .getLoadBalancer()
                .getIngress()
                .isEmpty();
    }

    static boolean isServed(WebClient web, String name) {
        return web.get(name + ".example.com", "/").rawBody().equals(NAME);
    }

    /** Waits with a bound, looking often; what cannot be asked yet is not there yet. */
    static ConditionFactory within(Duration bound) {
        return await().atMost(bound).pollInterval(Duration.ofMillis(50)).ignoreExceptions();
    }

    @Override
    public void close() {
        backend.close();
    }
}

package dev.gatehouse.bench;

import dev.gatehouse.testkit.NamedBackend;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The objects of a cluster of many teams: each Ingress with a Service of its own, and that with slices of its own. */
final class Population {

    static final String NAMESPACE = "bench";
    private static final int WRITERS = 6;

    private final KubernetesClient client;
    private final NamedBackend backend;
    private final int slices;
    private int present;

    /**
     * @param backend of all Services
     * @param slices of each Service: the first holds the backend, the others a pod that is going away
     */
    Population(KubernetesClient client, NamedBackend backend, int slices) {
        this.client = client;
        this.backend = backend;
        this.slices = slices;
    }

    int present() {
        return present;
    }

    /** Creates what is missing. */
    void grow(int to) throws InterruptedException {
        try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<?>> written = new ArrayList<>();
            for (int i = present; i < to; i++) {
                int number = i;
                written.add(writers.submit(() -> create(number)));
            }
            for (Future<?> one : written) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("the API server does not take the objects of the bench", e.getCause());
        }
        present = Math.max(present, to);
    }

    private void create(int i) {
        client.resource(service(name(i))).create();
        for (int slice = 0; slice < slices; slice++) {
            client.resource(slice == 0 ? slice(name(i), backend) : leaving(name(i), slice))
                    .create();
        }
        client.resource(ingress(name(i), name(i), "/")).create();
    }

    /** Of the Ingress, the Service and the first label of the host. */
    static String name(int i) {
        return "present-" + i;
    }

    static Service service(String name) {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withNewTargetPort(8080)
                .endPort()
                .endSpec()
                .build();
    }

    /** The first slice of a Service, which leads to one backend. */
    static EndpointSlice slice(String service, NamedBackend backend) {
        return slice(service, 0, backend);
    }

    /** A slice of a Service which leads to one backend. */
    static EndpointSlice slice(String service, int number, NamedBackend backend) {
        return empty(service, number, backend.port())
                .addNewEndpoint()
                .withAddresses(backend.address())
                .withNewConditions()
                .withReady(true)
                .endConditions()
                .withNodeName("node-1")
                .withZone("zone-a")
                .endEndpoint()
                .build();
    }

    /** A further slice: a pod that is going away, to which nobody sends a request as long as another is ready. */
    static EndpointSlice leaving(String service, int number) {
        int hash = (service + number).hashCode();
        return empty(service, number, 8080)
                .addNewEndpoint()
                .withAddresses("10.1." + (hash >>> 8 & 0xff) + "." + (hash & 0xff))
                .withNewConditions()
                .withReady(false)
                .withServing(true)
                .withTerminating(true)
                .endConditions()
                .withNodeName("node-2")
                .withZone("zone-b")
                .endEndpoint()
                .build();
    }

    /** A slice without any endpoint. */
    static EndpointSliceBuilder empty(String service, int number, int port) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(service + "-" + number)
                .addToLabels("kubernetes.io/service-name", service)
                .endMetadata()
                .withAddressType("IPv4")
                .withPorts(new EndpointPortBuilder()
                        .withName("http")
                        .withPort(port)
                        .build());
    }

    /** An Ingress of the host {@code NAME.example.com}. */
    static Ingress ingress(String name, String service, String path) {
        return new IngressBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withIngressClassName("gatehouse")
                .addNewRule()
                .withHost(name + ".example.com")
                .withNewHttp()
                .addNewPath()
                .withPath(path)
                .withPathType("Prefix")
                .withNewBackend()
                .withNewService()
                .withName(service)
                .withNewPort()
                .withNumber(80)
                .endPort()
                .endService()
                .endBackend()
                .endPath()
                .endHttp()
                .endRule()
                .endSpec()
                .build();
    }
}

package dev.gatehouse.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class EndpointSliceParserTest {

    private static EndpointSliceModel parse(String json) {
        return (EndpointSliceModel) ModelParser.parse(Serialization.unmarshal(json, EndpointSlice.class));
    }

    /** As the API server writes the slice of a Service whose last pod has gone. */
    @Test
    void aSliceWithoutEndpointsHasNone() {
        EndpointSliceModel slice = parse("""
                {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                 "metadata": {"namespace": "shop", "name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
                 "addressType": "IPv4", "endpoints": null, "ports": null}
                """);
        assertThat(slice.endpoints()).isEmpty();
        assertThat(slice.ports()).isEmpty();
        assertThat(slice.service()).contains(ObjectKey.service("shop", "api"));
    }

    @Test
    void hintsForNodesAloneAreNoHintsForZones() {
        EndpointSliceModel slice = parse("""
                {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                 "metadata": {"namespace": "shop", "name": "api-1", "labels": {"kubernetes.io/service-name": "api"}},
                 "addressType": "IPv4", "ports": [{"name": "http", "port": 8080}],
                 "endpoints": [{"addresses": ["10.0.0.1"], "hints": {"forZones": null}}]}
                """);
        assertThat(slice.endpoints())
                .singleElement()
                .satisfies(one -> assertThat(one.forZones()).isEmpty());
    }
}

package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.testkit.cluster.ApiServerCluster;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ApiServerClusterIT {

    @Test
    void theApiServerChecksAndKeepsObjects() {
        try (var cluster = ApiServerCluster.start(Path.of("target/api-server"));
                var client = cluster.client()) {
            var map = new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("one")
                    .endMetadata()
                    .addToData("a", "1")
                    .build();
            client.resource(map).serverSideApply();
            assertThat(client.configMaps()
                            .inNamespace("default")
                            .withName("one")
                            .get()
                            .getData())
                    .containsEntry("a", "1");

            var loopback = new EndpointSliceBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("bad")
                    .endMetadata()
                    .withAddressType("IPv4")
                    .addNewEndpoint()
                    .withAddresses("127.0.0.1")
                    .endEndpoint()
                    .build();
            assertThatThrownBy(() -> client.resource(loopback).create())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("loopback");
        }
    }
}

package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.InstalledCluster.NAMESPACE;
import static dev.gatehouse.e2e.InstalledCluster.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Leaves Gatehouse installed again: other tests use the same cluster. */
class UninstallIT {

    @Test
    void uninstallingLeavesNothingButTheDefinitions() {
        InstalledCluster cluster = InstalledCluster.get();
        cluster.uninstall();
        within().atMost(Duration.ofMinutes(5))
                .untilAsserted(() -> assertThat(leftovers(cluster.client())).isEmpty());
        assertThat(cluster.client()
                        .resources(CustomResourceDefinition.class)
                        .list()
                        .getItems())
                .extracting(crd -> crd.getMetadata().getName())
                .contains("proxyfleets.gatehouse.dev", "proxyroutes.gatehouse.dev");
        cluster.install();
    }

    /** What is in the namespace beyond what Kubernetes itself puts into each, and what is ours in the cluster. */
    private static List<String> leftovers(KubernetesClient client) {
        Stream<? extends HasMetadata> ofTheNamespace = Stream.of(
                        client.pods().inNamespace(NAMESPACE).list().getItems(),
                        client.services().inNamespace(NAMESPACE).list().getItems(),
                        client.secrets().inNamespace(NAMESPACE).list().getItems(),
                        client.configMaps().inNamespace(NAMESPACE).list().getItems(),
                        client.serviceAccounts().inNamespace(NAMESPACE).list().getItems(),
                        client.apps()
                                .deployments()
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems(),
                        client.policy()
                                .v1()
                                .podDisruptionBudget()
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems(),
                        client.leases().inNamespace(NAMESPACE).list().getItems(),
                        client.rbac().roles().inNamespace(NAMESPACE).list().getItems(),
                        client.rbac()
                                .roleBindings()
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems())
                .flatMap(List::stream);
        Stream<? extends HasMetadata> ofTheCluster = Stream.of(
                        client.rbac()
                                .clusterRoles()
                                .withLabel("app.kubernetes.io/name", "gatehouse-controller")
                                .list()
                                .getItems(),
                        client.rbac()
                                .clusterRoleBindings()
                                .withLabel("app.kubernetes.io/name", "gatehouse-controller")
                                .list()
                                .getItems(),
                        client.network().v1().ingressClasses().list().getItems())
                .flatMap(List::stream);
        return Stream.concat(ofTheNamespace, ofTheCluster)
                .map(object -> object.getKind() + " " + object.getMetadata().getName())
                .filter(name -> !name.equals("ConfigMap kube-root-ca.crt") && !name.equals("ServiceAccount default"))
                .toList();
    }
}

package dev.gatehouse.e2e;

import dev.gatehouse.testkit.cluster.ClusterBuild;
import dev.gatehouse.testkit.cluster.Shell;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The controller's ServiceAccount with the rights that the Helm chart gives it, no more: what a controller may do is part of each test. */
final class ChartRights {

    private ChartRights() {}

    /**
     * The manifests of the rights.
     *
     * @param settings of the chart, as for {@code helm --set}
     */
    static String yaml(String... settings) {
        Path helm = ClusterBuild.home(ClusterBuild.Extent.NODE).resolve("bin/helm");
        List<String> command = new ArrayList<>(List.of(
                helm.toString(),
                "template",
                "gatehouse",
                ClusterBuild.repository().resolve("charts/gatehouse").toString(),
                "--kube-version=v1.36.3",
                "--namespace=" + Gatehouse.NAMESPACE,
                "--show-only=templates/rbac.yaml"));
        for (String setting : settings) {
            command.add("--set=" + setting);
        }
        return Shell.run(command);
    }

    /**
     * A kubeconfig file of the ServiceAccount.
     *
     * @param port that leads to the API server
     */
    static Path kubeconfig(Gatehouse gatehouse, int port) {
        String token = gatehouse
                .client()
                .serviceAccounts()
                .inNamespace(Gatehouse.NAMESPACE)
                .withName("gatehouse-controller")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
        return gatehouse.cluster().kubeconfig(port, token);
    }
}

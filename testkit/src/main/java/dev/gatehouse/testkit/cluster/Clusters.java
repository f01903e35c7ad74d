package dev.gatehouse.testkit.cluster;

import java.nio.file.Files;
import java.nio.file.Path;

/** Chooses the cluster that this machine can run. */
public final class Clusters {

    private Clusters() {}

    /**
     * A cluster that runs pods: k3s where there is a Docker engine and {@code GATEHOUSE_CLUSTER} does not say {@code node},
     * otherwise a node built from Go modules.
     *
     * @param logs folder for the logs of its programs
     * @throws ClusterBuild.LackingException if this machine can run neither; it says what is missing
     */
    public static Cluster node(Path logs) {
        boolean docker = System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
        return docker && !"node".equals(System.getenv("GATEHOUSE_CLUSTER"))
                ? K3sCluster.start()
                : NodeCluster.start(logs);
    }
}

package dev.gatehouse.testkit.cluster;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;

/** A Kubernetes cluster that runs pods. Tests see no more of it than this, and do not know which one it is. */
public interface Cluster extends AutoCloseable {

    /** A client of the administrator. The caller closes it. */
    KubernetesClient client();

    /** A kubeconfig file of the administrator, for kubectl and helm. */
    Path kubeconfig();

    /** Makes the image in a docker-archive known to the node. Pods that use it need {@code imagePullPolicy: Never}. */
    void load(Path imageTar);

    /** Where this machine reaches the NodePorts. */
    String nodeAddress();

    /** A program that comes with the cluster: {@code helm} or {@code kubectl}. */
    Path program(String name);

    @Override
    void close();
}

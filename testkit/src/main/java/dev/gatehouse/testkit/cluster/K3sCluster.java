package dev.gatehouse.testkit.cluster;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.testcontainers.containers.Container;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** k3s in a container, where Docker and the image are at hand. Its own ingress controller is left out. */
public final class K3sCluster implements Cluster {

    private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.33.4-k3s1");

    private final Path home;
    private final K3sContainer container;
    private final Path kubeconfig;

    private K3sCluster(Path home, K3sContainer container, Path kubeconfig) {
        this.home = home;
        this.container = container;
        this.kubeconfig = kubeconfig;
    }

    /** Starts one; blocks until its API server answers and it knows the images of the test's own pods. */
    public static K3sCluster start() {
        Path home = ClusterBuild.home(ClusterBuild.Extent.NODE); // helm, and the images of the tests' pods
        K3sContainer container = new K3sContainer(IMAGE);
        container.withCommand(
                "server", "--disable=traefik", "--disable=metrics-server", "--tls-san=" + container.getHost());
        container.start();
        try {
            Path kubeconfig = Files.createTempFile("k3s", ".kubeconfig");
            Files.writeString(kubeconfig, container.getKubeConfigYaml());
            K3sCluster cluster = new K3sCluster(home, container, kubeconfig);
            cluster.load(home.resolve("pods/echo.tar"));
            Shell.tryRun("ip route replace 10.42.0.0/16 via " + cluster.nodeAddress()); // tests ask pods as well
            return cluster;
        } catch (IOException e) {
            container.stop();
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public KubernetesClient client() {
        return new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
                .build();
    }

    @Override
    public Path kubeconfig() {
        return kubeconfig;
    }

    @Override
    public void load(Path imageTar) {
        try {
            container.copyFileToContainer(MountableFile.forHostPath(imageTar), "/tmp/image.tar");
            Container.ExecResult result = container.execInContainer(
                    "ctr", "--namespace", "k8s.io", "images", "import", "--all-platforms", "/tmp/image.tar");
            if (result.getExitCode() != 0) {
                throw new IllegalStateException("the image was not imported: " + result.getStderr());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The container's own address: on Linux the host reaches it, and with it every NodePort. */
    @Override
    public String nodeAddress() {
        return Objects.requireNonNull(
                container
                        .getContainerInfo()
                        .getNetworkSettings()
                        .getNetworks()
                        .values()
                        .iterator()
                        .next()
                        .getIpAddress(),
                "the container has no address");
    }

    @Override
    public Path program(String name) {
        return home.resolve("bin").resolve(name);
    }

    @Override
    public void close() {
        container.stop();
    }
}

package dev.gatehouse.e2e;

import dev.gatehouse.cli.DataPlaneExplainer;
import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.boot.ControllerConfig;
import dev.gatehouse.controller.compile.BlastRadius;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.watch.WatchScope;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.dataplane.control.ControllerAddress;
import dev.gatehouse.testkit.WebClient;
import dev.gatehouse.testkit.cluster.ApiServerCluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** Both programs in this process, against a real API server: two replicas of the controller, data planes as asked for. */
final class Gatehouse implements AutoCloseable {

    static final String NAMESPACE = "gatehouse-system";
    static final FleetKey FLEET = new FleetKey(NAMESPACE, "default");

    private static final List<String> ADDRESSES = List.of("203.0.113.10", "edge.example.net");

    /** Tests take as much away as they like. */
    static final ControllerConfig.Caution CARELESS =
            new ControllerConfig.Caution(BlastRadius.UNBOUNDED, Duration.ofMinutes(1), Optional.empty());

    private static final String SET_UP = """
            apiVersion: v1
            kind: Namespace
            metadata: {name: gatehouse-system}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {namespace: gatehouse-system, name: default-dataplane}
            ---
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            """;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final ApiServerCluster cluster;
    private final KubernetesClient client;
    private final Path folder;
    private final List<Controller> controllers = new ArrayList<>();

    private Gatehouse(Path logs) {
        try {
            folder = Files.createTempDirectory(Files.createDirectories(logs), "credentials");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cluster = opened(ApiServerCluster.start(logs));
        client = opened(cluster.client());
        cluster.applyCrds(Path.of("../crds/src/main/resources/crds"));
        apply(SET_UP);
    }

    /** An API server with the CRDs, the class and the namespaces {@code gatehouse-system} and {@code shop}. */
    static Gatehouse start(Path logs) {
        return new Gatehouse(logs);
    }

    KubernetesClient client() {
        return client;
    }

    /** A program that comes with the cluster. */
    Path program(String name) {
        return cluster.program(name);
    }

    Path kubeconfig() {
        return cluster.kubeconfig();
    }

    /** For tests that take it apart. */
    ApiServerCluster cluster() {
        return cluster;
    }

    /** Applies manifests as kubectl would. */
    void apply(String yaml) {
        client.load(new java.io.ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(this::apply);
    }

    private void apply(HasMetadata object) {
        client.resource(object).fieldManager("kubectl").forceConflicts().serverSideApply();
    }

    Controller controller(String identity) throws InterruptedException {
        return controller(identity, kubeconfig());
    }

    /** A replica that comes to the API server as this kubeconfig says. */
    Controller controller(String identity, Path kubeconfig) throws InterruptedException {
        return controller(identity, kubeconfig, WatchScope.CLUSTER);
    }

    /** As above, with eyes for a part of the cluster only. */
    Controller controller(String identity, Path kubeconfig, WatchScope scope) throws InterruptedException {
        return controller(identity, kubeconfig, scope, ADDRESSES, CARELESS);
    }

    /** A replica that lets Ingresses show these addresses. */
    Controller controllerShowing(String identity, List<String> addresses) throws InterruptedException {
        return controller(identity, kubeconfig(), WatchScope.CLUSTER, addresses, CARELESS);
    }

    /** A replica that does not serve everything at once. */
    Controller controller(String identity, ControllerConfig.Caution caution) throws InterruptedException {
        return controller(identity, kubeconfig(), WatchScope.CLUSTER, ADDRESSES, caution);
    }

    private Controller controller(
            String identity,
            Path kubeconfig,
            WatchScope scope,
            List<String> addresses,
            ControllerConfig.Caution caution)
            throws InterruptedException {
        ControllerConfig config = new ControllerConfig(
                Optional.of(kubeconfig),
                NAMESPACE,
                identity,
                "127.0.0.1",
                0,
                0,
                "gatehouse-controller",
                List.of(),
                FLEET,
                scope,
                List.of(),
                Optional.of("gatehouse:test"),
                Optional.empty(),
                true,
                true,
                Optional.empty(),
                new ControllerConfig.Lease(Duration.ofSeconds(4), Duration.ofSeconds(3), Duration.ofMillis(500)),
                addresses,
                100,
                caution);
        Controller controller = opened(Controller.start(config, new DataPlaneExplainer()));
        controllers.add(controller);
        return controller;
    }

    /** A data plane that listens; its first snapshot is in force. */
    DataPlane dataPlane(Controller controller, String node) throws InterruptedException, IOException {
        DataPlane plane = opened(DataPlane.start(new DataPlaneConfig(
                "127.0.0.1",
                0,
                0,
                0,
                1,
                Optional.of(address(controller, node)),
                Duration.ZERO,
                Duration.ofSeconds(5),
                "",
                Optional.empty())));
        plane.awaitListening();
        return plane;
    }

    ControllerAddress address(Controller controller, String node) throws IOException {
        Path token = folder.resolve(node + ".token");
        Files.writeString(token, token("default-dataplane", "gatehouse-controller"));
        Path ca = Files.writeString(folder.resolve("ca.crt"), authority());
        return new ControllerAddress("localhost", controller.port("snapshot"), FLEET.toString(), node, token, ca);
    }

    /** What data planes trust, PEM. */
    String authority() {
        return new String(
                Base64.getDecoder()
                        .decode(client.secrets()
                                .inNamespace(NAMESPACE)
                                .withName("gatehouse-ca")
                                .require()
                                .getData()
                                .get("ca.crt")),
                StandardCharsets.US_ASCII);
    }

    /** A token as a pod gets it projected: it is good while the pod is there. */
    String token(Pod pod) {
        return client.serviceAccounts()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getSpec().getServiceAccountName())
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences("gatehouse-controller")
                        .withExpirationSeconds(3600L)
                        .withNewBoundObjectRef()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName(pod.getMetadata().getName())
                        .withUid(pod.getMetadata().getUid())
                        .endBoundObjectRef()
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    /** The same token, signed by the cluster's own key, as it would be had it been made that much earlier. */
    String aged(String token, Duration age) throws Exception {
        String[] parts = token.split("\\.");
        String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
        String past = Pattern.compile("\"(exp|iat|nbf)\":(\\d+)")
                .matcher(claims)
                .replaceAll(time -> "\"" + time.group(1) + "\":" + (Long.parseLong(time.group(2)) - age.toSeconds()));
        String signed = parts[0] + "."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(past.getBytes(StandardCharsets.UTF_8));
        Signature signer = Signature.getInstance("SHA256withRSA");
        try (PEMParser pem = new PEMParser(Files.newBufferedReader(kubeconfig().resolveSibling("sa.key")))) {
            Object key = pem.readObject();
            signer.initSign(new JcaPEMKeyConverter()
                    .getPrivateKey(key instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo() : (PrivateKeyInfo) key));
        }
        signer.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signer.sign());
    }

    /** A token that is bound to no pod. */
    String token(String serviceAccount, String audience) {
        return client.serviceAccounts()
                .inNamespace(NAMESPACE)
                .withName(serviceAccount)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withAudiences(audience)
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    static WebClient web(DataPlane plane) {
        return new WebClient("127.0.0.1", plane.port("http"), plane.port("https"));
    }

    /** Closes it when this is closed. */
    <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

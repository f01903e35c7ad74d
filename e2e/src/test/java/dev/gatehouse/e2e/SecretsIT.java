package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.Storefront.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.management.ObjectName;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Secrets of a real API server, by type and by reference, with the rights that the chart gives: what one holds is read when somebody
 * refers to it, whatever its type, and not kept otherwise.
 */
class SecretsIT {

    private static final Duration BOUND = Duration.ofSeconds(20);
    private static final int UNUSED = 500;

    private static Gatehouse gatehouse;
    private static Path kubeconfig;
    private static String rights;
    private static Controller controller;
    private static DataPlane plane;
    private static WebClient web;
    private static Storefront storefront;

    @BeforeAll
    static void start() throws InterruptedException, IOException {
        gatehouse = Gatehouse.start(Path.of("target/secrets"));
        rights = ChartRights.yaml();
        gatehouse.apply(rights);
        storefront = new Storefront(gatehouse);
        kubeconfig = ChartRights.kubeconfig(gatehouse, gatehouse.cluster().port());
        controller = gatehouse.controller("first", kubeconfig);
        plane = gatehouse.dataPlane(controller, "node-1");
        web = Gatehouse.web(plane);
    }

    @AfterAll
    static void stop() {
        storefront.close();
        gatehouse.close();
    }

    /** As {@code kubectl create secret generic NAME --from-file=ca.crt} makes it. */
    private static String generic(String name, TestCertificate authority) {
        return """
            apiVersion: v1
            kind: Secret
            type: Opaque
            metadata: {namespace: shop, name: %s}
            data: {ca.crt: %s}
            """.formatted(
                name,
                Base64.getEncoder().encodeToString(authority.certificatePem().getBytes(StandardCharsets.US_ASCII)));
    }

    private static String guarded(String name) {
        return """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {namespace: shop, name: %1$s}
            spec:
              ingressClassName: gatehouse
              hosts: [%1$s.example.com]
              tls:
                secretName: %1$s-tls
                clientCertificate: {mode: Require, ca: [{secret: %1$s-ca}]}
              rules: [{backends: [{service: storefront, port: 80}]}]
            """.formatted(name);
    }

    /** What a client with this certificate is answered. */
    private static String get(String name, TestCertificate client) throws Exception {
        KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
        keys.load(null, null);
        keys.setKeyEntry("client", client.keys().getPrivate(), new char[0], new Certificate[] {client.certificate()});
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        String host = name + ".example.com";
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), plane.port("https"));
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, 443, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            try (RawClient raw = RawClient.over(socket)) {
                return raw.send("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                        .readResponse()
                        .rawBody();
            }
        }
    }

    private static void assertLetIn(String name, TestCertificate client) {
        within(BOUND).untilAsserted(() -> assertThat(get(name, client)).isEqualTo("storefront"));
    }

    private static Digest root(Controller of) {
        return of.publisher().snapshot(Gatehouse.FLEET).orElseThrow().root();
    }

    @Test
    void anAuthorityFromAnOpaqueSecretLetsItsClientsInAndItsSuccessorTheirs() throws Exception {
        TestCertificate one = TestCertificate.authority("one");
        TestCertificate two = TestCertificate.authority("two");
        gatehouse.apply(TestCertificate.of("guarded.example.com").secretYaml("shop", "guarded-tls"));
        gatehouse.apply(generic("guarded-ca", one));
        gatehouse.apply(guarded("guarded"));
        TestCertificate client = one.issue("alice");
        assertLetIn("guarded", client);

        gatehouse.apply(generic("guarded-ca", two));
        assertLetIn("guarded", two.issue("bob"));
        assertThatThrownBy(() -> get("guarded", client)).isInstanceOf(Exception.class);

        // A replica that starts now publishes nothing before it has read the authority, too.
        Controller late = gatehouse.controller("late", kubeconfig);
        assertThat(root(late)).isEqualTo(root(controller));
        assertThat(late.publisher().snapshot(Gatehouse.FLEET).orElseThrow().get(ShardId.host("guarded.example.com")))
                .isPresent();
    }

    @Test
    void aSecretThatWasThereBeforeAnybodyReferredToItIsServed() {
        TestCertificate certificate = TestCertificate.of("waiting.example.com");
        gatehouse.apply(certificate.secretYaml("shop", "waiting-tls"));
        TestCertificate marker = TestCertificate.of("marker.example.com");
        gatehouse.apply(marker.secretYaml("shop", "marker-tls"));
        storefront.open("marker", "marker-tls");
        within(BOUND)
                .untilAsserted(
                        () -> assertThat(web.certificate("marker.example.com")).isEqualTo(marker.certificate()));

        storefront.open("waiting", "waiting-tls");
        within(BOUND)
                .untilAsserted(
                        () -> assertThat(web.certificate("waiting.example.com")).isEqualTo(certificate.certificate()));
    }

    @Test
    void aSecretThatIsMadeAgainWithAnotherTypeIsTakenForWhatItIs() throws Exception {
        TestCertificate authority = TestCertificate.authority("turned");
        TestCertificate certificate = TestCertificate.of("turned.example.com");
        gatehouse.apply(certificate.secretYaml("shop", "turned-tls"));
        gatehouse.apply(TestCertificate.of("unrelated").secretYaml("shop", "turned-ca"));
        gatehouse.apply(guarded("turned"));
        for (int i = 0; i < 3; i++) {
            gatehouse
                    .client()
                    .secrets()
                    .inNamespace("shop")
                    .withName("turned-ca")
                    .delete();
            gatehouse.apply(generic("turned-ca", authority));
            assertLetIn("turned", authority.issue("alice"));
            gatehouse
                    .client()
                    .secrets()
                    .inNamespace("shop")
                    .withName("turned-ca")
                    .delete();
            gatehouse.apply(TestCertificate.of("unrelated").secretYaml("shop", "turned-ca"));
        }
    }

    @Test
    void whoMayNotGetSecretsTellsWhoeverRefersToThem() {
        TestCertificate certificate = TestCertificate.of("refused.example.com");
        gatehouse.apply(certificate.secretYaml("shop", "refused-tls"));
        String less = rights.replace("""
              resources: [services, secrets, configmaps]
              verbs: [get, list, watch]
            """, """
              resources: [services, configmaps]
              verbs: [get, list, watch]
            - apiGroups: [""]
              resources: [secrets]
              verbs: [list, watch]
            """);
        assertThat(less).isNotEqualTo(rights);
        gatehouse.apply(less);
        try (KubernetesClient mine = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
                .build()) {
            within(BOUND)
                    .untilAsserted(() -> assertThatThrownBy(() -> mine.secrets()
                                    .inNamespace("shop")
                                    .withName("refused-tls")
                                    .get())
                            .isInstanceOf(KubernetesClientException.class));
            storefront.open("refused", "refused-tls");
            within(BOUND)
                    .untilAsserted(() -> assertThat(gatehouse
                                    .client()
                                    .resources(Event.class)
                                    .inNamespace("shop")
                                    .list()
                                    .getItems())
                            .anySatisfy(event -> {
                                assertThat(event.getRegarding().getName()).isEqualTo("refused");
                                assertThat(event.getNote()).contains("shop/refused-tls", "may not get Secrets");
                            }));
            assertThat(Storefront.isServed(web, "refused")).isTrue();
            assertThat(unreadSecrets()).isEqualTo("1.0");
        } finally {
            gatehouse.apply(rights);
        }
        within(BOUND)
                .untilAsserted(
                        () -> assertThat(web.certificate("refused.example.com")).isEqualTo(certificate.certificate()));
        within(BOUND).untilAsserted(() -> assertThat(unreadSecrets()).isEqualTo("0.0"));
    }

    /** What the controller's metrics say. */
    private static String unreadSecrets() {
        String name = "gatehouse_controller_unread_secrets ";
        try (RawClient admin = RawClient.connect(controller.port("admin"))) {
            return admin.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .readResponse()
                    .rawBody()
                    .lines()
                    .filter(line -> line.startsWith(name))
                    .findFirst()
                    .orElseThrow()
                    .substring(name.length());
        }
    }

    @Test
    void whatNobodyRefersToLeavesNothingButItsMetadata() throws Exception {
        TestCertificate certificate = TestCertificate.of("unused.example.com");
        Secret template = gatehouse
                .client()
                .getKubernetesSerialization()
                .unmarshal(certificate.secretYaml("shop", "unused"), Secret.class);
        int before = certificatesInTheHeap();
        for (int i = 0; i < UNUSED; i++) {
            gatehouse
                    .client()
                    .resource(new SecretBuilder(template)
                            .editMetadata()
                            .withName("unused-" + i)
                            .endMetadata()
                            .build())
                    .create();
        }
        gatehouse.apply(certificate.secretYaml("shop", "last-tls"));
        storefront.open("last", "last-tls");
        within(BOUND)
                .untilAsserted(
                        () -> assertThat(web.certificate("last.example.com")).isEqualTo(certificate.certificate()));

        assertThat(instances(SecretModel.class)).isGreaterThanOrEqualTo(UNUSED);
        assertThat(certificatesInTheHeap()).isLessThan(before + UNUSED / 10);
    }

    private static int certificatesInTheHeap() throws Exception {
        return instances(SecretModel.Usable.class);
    }

    /** How many objects of a class are alive in this process, where the controllers are, too. */
    private static int instances(Class<?> of) throws Exception {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(line -> line.trim().split("\\s+"))
                .filter(fields -> fields.length > 3 && fields[3].equals(of.getName()))
                .mapToInt(fields -> Integer.parseInt(fields[1]))
                .sum();
    }
}

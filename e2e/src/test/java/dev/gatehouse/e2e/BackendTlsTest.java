package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Service with {@code appProtocol: https} in a folder, from its manifests to the bytes. */
class BackendTlsTest {

    private static final TestCertificate AUTHORITY = TestCertificate.authority("the authority");
    private static final TestCertificate ANOTHER = TestCertificate.authority("another authority");

    @TempDir
    private Path folder;

    @Test
    void aBackendIsTrustedByTheConfigMapThatItsServiceNamesAndByThatAlone() throws IOException {
        HttpsServer backend = backend(AUTHORITY.issue("api.shop.svc"));
        try {
            Files.writeString(folder.resolve("shop.yaml"), manifests(backend.getAddress()));
            try (Program program = Program.start(
                    "run", folder.toString(), "--http-port", "0", "--https-port", "0", "--admin-port", "0")) {
                program.await("Ctrl-C drains");
                int port = Integer.parseInt(program.await("http://localhost:(\\d+)"));
                assertAnswer(port, 503, "backend-ca-unusable");

                Files.writeString(folder.resolve("ca.yaml"), configMap(ANOTHER));
                assertAnswer(port, 502, "backend-certificate-untrusted");
                program.await("event=backend_tls_failed .*reason=backend-certificate-untrusted .*CN=the authority");

                Files.writeString(folder.resolve("ca.yaml"), configMap(AUTHORITY));
                assertAnswer(port, 200, "");
            }
        } finally {
            backend.stop(0);
        }
    }

    private static void assertAnswer(int port, int status, String reason) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            try (RawClient client = RawClient.connect(port)) {
                RawClient.Response response = client.send("GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n")
                        .readResponse();
                assertThat(response.field("gatehouse-reason")).isEqualTo(reason);
                assertThat(response.status()).isEqualTo(status);
            }
        });
    }

    private static HttpsServer backend(TestCertificate certificate) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(certificate.serverContext()));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String configMap(TestCertificate authority) {
        return """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: ca, namespace: shop}
                data:
                  ca.crt: |
                """ + authority.certificatePem().indent(4);
    }

    private static String manifests(InetSocketAddress backend) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web, namespace: shop}
                spec:
                  rules:
                  - host: shop.example.com
                    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 443}}}}]}
                ---
                apiVersion: v1
                kind: Service
                metadata:
                  name: api
                  namespace: shop
                  annotations: {gatehouse.dev/backend-ca: configmap/ca}
                spec:
                  ports: [{name: web, port: 443, appProtocol: https}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: api-1, namespace: shop, labels: {kubernetes.io/service-name: api}}
                addressType: IPv4
                ports: [{name: web, port: %d}]
                endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
                """.formatted(backend.getPort());
    }
}

package dev.gatehouse.controller.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SecretModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestReaderTest {

    private static final Path FILE = Path.of("web.yaml");

    private static final String INGRESS = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
            spec:
              rules:
                - host: shop.example.com
                  http:
                    paths:
                      - path: /
                        pathType: Prefix
                        backend: {service: {name: api, port: {number: 80}}}
            """;

    private final ManifestReader reader = new ManifestReader();

    private BrokenFileException broken(String text) {
        BrokenFileException problem = catchThrowableOfType(BrokenFileException.class, () -> reader.read(FILE, text));
        assertThat(problem).as("the file should be refused").isNotNull();
        return problem;
    }

    @Test
    void anObjectWithoutNamespaceLivesInDefault() throws Exception {
        assertThat(reader.read(FILE, INGRESS).objects())
                .extracting(object -> object.model().key().toString())
                .containsExactly("Ingress default/web");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    - host: shop   | - hots: shop    | 7  | spec.rules[0] has no field 'hots'; did you mean 'host'?
                    number: 80     | number: "80"    | 12 | spec.rules[0].http.paths[0].backend.service.port.number is '80', but must be a whole number
                    path: /        | path: 5         | 10 | spec.rules[0].http.paths[0].path is '5', but must be a string; put it in quotes
                    path: /        | path: foo       | 10 | Ingress default/web: spec.rules[0].http.paths[0].path 'foo' does not start with a slash; write '/foo'
                    pathType: Prefix | pathType: Prefx | 11 | Ingress default/web: spec.rules[0].http.paths[0].pathType is 'Prefx'; write Exact, Prefix or ImplementationSpecific
                    host: shop     | host: Shop      | 7  | Ingress default/web: spec.rules[0].host 'Shop.example.com' is no host
                    networking.k8s.io/v1 | extensions/v1beta1 | 1 | apiVersion is 'extensions/v1beta1', but Ingress is read as networking.k8s.io/v1; write that
                    'name: web'    | 'labels: {}'    | 1  | metadata.name is missing; every object has a name
                    'paths:'       | 'paths: {}'     | 10 | is no YAML:
                    """)
    void aBrokenFileIsRefusedWithLineAndReason(String find, String replacement, int line, String reason) {
        BrokenFileException problem = broken(INGRESS.replace(find, replacement));

        assertThat(problem.reason()).startsWith(reason);
        assertThat(problem.line()).isEqualTo(line);
    }

    private static final String ROUTE = """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: shop}
            spec:
              hosts: [shop.example.com]
              tls:
                secretName: shop-tls
                minVersion: "1.2"
                clientCertificate: {mode: Require, ca: [{configMap: clients}]}
              rules:
              - name: api
                matches:
                - path: {prefix: /api}
                  headers: [{name: x-tier, exact: gold}]
                filters:
                - rewrite: {prefix: /}
                backends:
                - {service: api, port: http, weight: 1}
            """;

    /** As deep as a field stands, a typo is found and the nearest name given; so are values of another kind. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    prefix: /api      | prefx: /api         | 13 | spec.rules[0].matches[0].path has no field 'prefx'; did you mean 'prefix'?
                    exact: gold       | equals: gold        | 14 | spec.rules[0].matches[0].headers[0] has no field 'equals'; it has exact, name, present, regex
                    'rewrite: {'      | 'rewrites: {'       | 16 | spec.rules[0].filters[0] has no field 'rewrites'; did you mean 'rewrite'?
                    minVersion: "1.2" | minVersion: "1.4" | 8 | spec.tls.minVersion is '1.4'; did you mean '1.2'?
                    mode: Require     | mode: Requir        | 9  | spec.tls.clientCertificate.mode is 'Requir'; did you mean 'Require'?
                    mode: Require     | mode: Sometimes     | 9  | spec.tls.clientCertificate.mode is 'Sometimes'; write one of Require, Optional, Request
                    mode: Require     | mode: 1             | 9  | spec.tls.clientCertificate.mode is '1', but must be a string; put it in quotes
                    weight: 1         | weight: one         | 18 | spec.rules[0].backends[0].weight is 'one', but must be a whole number
                    weight: 1         | weight: 99999999999 | 18 | spec.rules[0].backends[0].weight cannot be read as ProxyRoute has it: Numeric value (99999999999) out of range
                    port: http        | port: [http]        | 18 | spec.rules[0].backends[0].port
                    'hosts: [shop.example.com]' | 'hosts: shop.example.com' | 5 | spec.hosts is 'shop.example.com', but must be a list
                    """)
    void aTypoInAProxyRouteIsFoundHoweverDeepItStands(String find, String replacement, int line, String reason)
            throws Exception {
        assertThat(reader.read(FILE, ROUTE).objects()).hasSize(1);
        BrokenFileException problem = broken(ROUTE.replace(find, replacement));

        assertThat(problem.reason()).startsWith(reason);
        assertThat(problem.line()).isEqualTo(line);
    }

    @Test
    void aFieldThatIsThereTwiceIsRefused() {
        BrokenFileException problem = broken(INGRESS + "kind: Ingress\n");

        assertThat(problem.reason()).isEqualTo("kind is there twice; the first is in line 2");
        assertThat(problem.line()).isEqualTo(13);
    }

    @Test
    void aWrongShapeIsRefused() {
        assertThat(broken(INGRESS.replace("metadata:\n  name: web", "metadata: web"))
                        .reason())
                .startsWith("metadata is 'web', but must be an object with annotations, ");
        assertThat(broken("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: {port: 80}}\n")
                        .reason())
                .isEqualTo("spec.ports is an object, but must be a list");
    }

    @Test
    void unknownKindsAreLeftOutWithAWarning() throws Exception {
        ManifestReader.Manifests manifests =
                reader.read(FILE, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n---\n" + INGRESS);

        assertThat(manifests.objects()).hasSize(1);
        assertThat(manifests.warnings())
                .extracting(FolderProblem::toString)
                .containsExactly("web.yaml:1: warning: the kind Deployment means nothing to Gatehouse and is left out");
    }

    @Test
    void aMistypedKindIsRecognised() throws Exception {
        assertThat(reader.read(FILE, "apiVersion: v1\nkind: Servcie\n")
                        .warnings()
                        .getFirst()
                        .message())
                .endsWith("did you mean Service?");
    }

    @Test
    void listsAndJsonAreRead() throws Exception {
        ManifestReader.Manifests manifests = reader.read(FILE, """
                {"apiVersion": "v1", "kind": "List", "items": [
                  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}},
                  {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
                ]}
                """);

        assertThat(manifests.objects())
                .extracting(object -> object.model().key().toString())
                .containsExactly("Service default/a", "Namespace shop");
    }

    @Test
    void theSameObjectTwiceInAFileIsRefused() {
        assertThat(broken(INGRESS + "---\n" + INGRESS).reason())
                .isEqualTo("Ingress default/web is there twice; the first is in line 1. Remove one of them");
    }

    @Test
    void aTlsSecretThatCannotBeServedBreaksItsFile() {
        assertThat(broken(
                                "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\ntype: kubernetes.io/tls\nstringData: {tls.crt: x}\n")
                        .reason())
                .isEqualTo(
                        "Secret default/t has no tls.key; it needs tls.crt (chain, leaf first) and tls.key, both PEM");
    }

    @Test
    void otherSecretsAreTakenAsTheyAre() throws Exception {
        ManifestReader.Manifests manifests =
                reader.read(FILE, "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData: {password: x}\n");

        assertThat(manifests.objects().getFirst().model()).isInstanceOf(SecretModel.class);
        assertThat(manifests.objects().getFirst().model().key()).isEqualTo(ObjectKey.secret("default", "t"));
    }

    @Test
    void anExportedObjectIsTakenWithItsStatusAndManagedFields() throws Exception {
        String exported =
                INGRESS.replace("  name: web\n", """
                          name: web
                          creationTimestamp: "2026-01-01T00:00:00Z"
                          managedFields:
                            - {manager: kubectl, operation: Update, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:rules": {}}}}
                        """) + "status: {loadBalancer: {ingress: [{ip: 10.0.0.1}]}}\n";

        assertThat(reader.read(FILE, exported).objects()).hasSize(1);
    }

    @Test
    void aFileOfManyAliasesDoesNotTakeTheMachine() {
        StringBuilder text = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 40; i++) {
            text.append("a%d: &a%d [%s]\n".formatted(i, i, "*a%d, *a%d".formatted(i - 1, i - 1)));
        }

        assertThat(broken(text.toString()).reason()).isNotEmpty();
    }
}

package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.testkit.TestCertificate;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The life of a certificate that cert-manager gets by HTTP-01, with the objects as cert-manager 1.16 makes them. */
class CertManagerTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey WEB = new ObjectKey(Kind.INGRESS, "shop", "web");
    private static final ObjectKey SOLVER = new ObjectKey(Kind.INGRESS, "shop", "cm-acme-http-solver-x2x9q");
    private static final String TOKEN = "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";

    private static final String SITE = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: api, namespace: shop}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
              namespace: shop
              uid: web
              creationTimestamp: "2026-01-01T00:00:00Z"
              annotations:
                cert-manager.io/cluster-issuer: letsencrypt
                cert-manager.io/private-key-algorithm: ECDSA
                gatehouse.dev/ssl-redirect: "true"
            spec:
              ingressClassName: gatehouse
              tls: [{hosts: [shop.example.com], secretName: web-tls}]
              rules:
              - host: shop.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
            """;

    /** cert-manager names the class by field or, from an issuer of old, by annotation. */
    private static String solver(String annotation, String field) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata:
                  name: cm-acme-http-solver-x2x9q
                  generateName: cm-acme-http-solver-
                  namespace: shop
                  uid: solver
                  creationTimestamp: "2026-01-01T00:00:05Z"
                  annotations:
                    nginx.ingress.kubernetes.io/whitelist-source-range: 0.0.0.0/0,::/0
                    %s
                  labels:
                    acme.cert-manager.io/http-domain: "2384732410"
                    acme.cert-manager.io/http-token: "1136689110"
                    acme.cert-manager.io/http01-solver: "true"
                  ownerReferences:
                  - {apiVersion: acme.cert-manager.io/v1, kind: Challenge, name: web-tls-1-1-1, uid: c, controller: true}
                spec:
                  %s
                  rules:
                  - host: shop.example.com
                    http:
                      paths:
                      - path: %s
                        pathType: ImplementationSpecific
                        backend: {service: {name: cm-acme-http-solver-9s8f7, port: {number: 8089}}}
                """.formatted(annotation, field, TOKEN);
    }

    private static final String SOLVER_SERVICE = """
            apiVersion: v1
            kind: Service
            metadata:
              name: cm-acme-http-solver-9s8f7
              namespace: shop
              annotations: {auth.istio.io/8089: NONE}
              labels: {acme.cert-manager.io/http01-solver: "true"}
            spec:
              type: NodePort
              ports: [{name: http, port: 8089, protocol: TCP, targetPort: 8089, nodePort: 31234}]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: cm-acme-http-solver-9s8f7-abcde
              namespace: shop
              labels: {kubernetes.io/service-name: cm-acme-http-solver-9s8f7}
            addressType: IPv4
            ports: [{name: http, port: 8089}]
            endpoints: [{addresses: [10.0.0.9], conditions: {ready: true}}]
            """;

    /** Of the key that is to be certified next: nothing to be served. */
    private static final String NEXT_KEY = """
            apiVersion: v1
            kind: Secret
            metadata:
              name: web-tls-7zq2k
              namespace: shop
              labels: {cert-manager.io/next-private-key: "true"}
            type: Opaque
            data: {tls.key: bm9uZQ==}
            """;

    private static String secret(TestCertificate certificate) {
        return certificate
                        .secretYaml("shop", "web-tls")
                        .replace(
                                "metadata: {",
                                "metadata: {annotations: {cert-manager.io/alt-names: shop.example.com,"
                                        + " cert-manager.io/certificate-name: web-tls, cert-manager.io/common-name: \"\","
                                        + " cert-manager.io/issuer-group: \"\", cert-manager.io/issuer-kind: ClusterIssuer,"
                                        + " cert-manager.io/issuer-name: letsencrypt, cert-manager.io/ip-sans: \"\","
                                        + " cert-manager.io/uri-sans: \"\"},"
                                        + " labels: {controller.cert-manager.io/fao: \"true\"}, ")
                + "  ca.crt: " + Base64.getEncoder().encodeToString(new byte[0]) + "\n";
    }

    private final World world = new World(WorldOptions.cluster(FLEET));

    private Outcome apply(String... yaml) {
        return world.apply(new Manifests().upserts(String.join("\n---\n", yaml)));
    }

    private Verdict verdict(ObjectKey key) {
        return Objects.requireNonNull(world.verdicts().get(key));
    }

    private Host host() throws CorruptShardException {
        return world.snapshot(FLEET)
                .get(ShardId.host("shop.example.com"))
                .orElseThrow()
                .body()
                .getHost();
    }

    private static String upstream(Rule rule) {
        return rule.getBackends(0).getUpstream();
    }

    @Test
    void fromOrderToRenewalNothingIsInItsWay() throws Exception {
        apply(SITE);
        assertThat(verdict(WEB).accepted()).isTrue();
        assertThat(verdict(WEB).findings())
                .as("told, until cert-manager is done")
                .singleElement()
                .satisfies(finding -> assertThat(finding.reason()).isEqualTo("SecretNotFound"));

        apply(NEXT_KEY, SOLVER_SERVICE, solver("", "ingressClassName: gatehouse"));
        assertThat(verdict(SOLVER).accepted()).isTrue();
        assertThat(verdict(SOLVER).findings())
                .as("its annotations are nobody's mistake")
                .isEmpty();
        assertSolved();

        TestCertificate first = TestCertificate.of("shop.example.com");
        Outcome issued = apply(secret(first));
        assertThat(verdict(WEB).findings()).isEmpty();
        assertThat(verdict(WEB).resolvedRefs()).isTrue();
        assertThat(issued.fleet(FLEET).orElseThrow().updates())
                .extracting(Shard::id)
                .containsExactlyInAnyOrder(ShardId.certificate("shop", "web-tls"), ShardId.host("shop.example.com"));
        assertThat(host().getCertificatesList()).containsExactly("certificate/shop/web-tls");
        assertSolved();

        Outcome cleaned = world.apply(List.of(
                new Change.Delete(SOLVER),
                new Change.Delete(new ObjectKey(Kind.SERVICE, "shop", "cm-acme-http-solver-9s8f7")),
                new Change.Delete(ObjectKey.secret("shop", "web-tls-7zq2k"))));
        assertThat(cleaned.removedVerdicts()).containsExactly(SOLVER);
        assertThat(host().getRulesList())
                .singleElement()
                .satisfies(rule -> assertThat(rule.getHttpsRedirect()).isEqualTo(308));
        assertThat(world.kept()).isEmpty();

        TestCertificate renewed = TestCertificate.of("shop.example.com");
        Outcome renewal = apply(secret(renewed));
        assertThat(renewal.fleet(FLEET).orElseThrow().updates())
                .as("a renewal is one shard")
                .singleElement()
                .satisfies(shard -> assertThat(shard.body().getCertificate().getChain(0))
                        .isEqualTo(ByteString.copyFrom(renewed.der())));
        assertThat(renewal.fleet(FLEET).orElseThrow().removed()).isEmpty();
        assertThat(verdict(WEB).findings()).extracting(Finding::reason).isEmpty();
    }

    /** The challenge is answered by the solver, in clear text; everything else is the site's. */
    private void assertSolved() throws CorruptShardException {
        assertThat(host().getRulesList()).hasSize(2);
        Rule challenge = host().getRules(0);
        assertThat(challenge.getMatch().getPrefix() + challenge.getMatch().getExact())
                .isEqualTo(TOKEN);
        assertThat(upstream(challenge)).isEqualTo("upstream/shop/cm-acme-http-solver-9s8f7/8089");
        assertThat(challenge.getHttpsRedirect())
                .as("authorities ask in clear text")
                .isZero();
        assertThat(upstream(host().getRules(1))).isEqualTo("upstream/shop/api/80");
    }

    @Test
    void solversOfAClassByAnnotationAreServedToo() throws Exception {
        apply(SITE, SOLVER_SERVICE, solver("kubernetes.io/ingress.class: gatehouse", ""));
        assertThat(verdict(SOLVER).accepted()).isTrue();
        assertSolved();
    }
}

package dev.gatehouse.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.publish.History;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PipelineTest {

    private static final FleetKey FLEET = new FleetKey("gatehouse-system", "default");
    private static final ObjectKey CA = ObjectKey.secret("shop", "ca");
    private static final ShardId HOST = ShardId.host("a.example.com");
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final long BOUND_SECONDS = 30;
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private final Publisher publisher = new Publisher();
    private final List<Outcome> told = new CopyOnWriteArrayList<>();
    private final LinkedBlockingQueue<Set<ObjectKey>> asked = new LinkedBlockingQueue<>();
    private Pipeline pipeline = pipeline(LONG);

    private Pipeline pipeline(Duration secretsPatience) {
        return new Pipeline(
                new World(WorldOptions.cluster(FLEET).readingSecrets()),
                publisher,
                new PipelineListener() {
                    @Override
                    public void seen(HasMetadata object, ResourceModel model) {}

                    @Override
                    public void gone(ObjectKey key) {}

                    @Override
                    public void compiled(Outcome outcome, int changes, long nanos) {
                        told.add(outcome);
                    }
                },
                new History(),
                new Waiting(LONG, Optional.empty()),
                () -> true,
                asked::add,
                secretsPatience);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private static HasMetadata read(String yaml) {
        return YAML.unmarshal(yaml);
    }

    private static HasMetadata authority() {
        return read("""
            apiVersion: v1
            kind: Secret
            type: Opaque
            metadata: {namespace: shop, name: ca}
            stringData:
              ca.crt: |
            """ + TestCertificate.authority("clients").certificatePem().indent(4));
    }

    /** A host that wants certificates of clients by an authority whose Secret is of another type. */
    private void list() {
        pipeline.start();
        pipeline.present(read("""
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: gatehouse}
            spec: {controller: gatehouse.dev/controller}
            """));
        pipeline.present(read("""
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
              namespace: shop
              annotations: {gatehouse.dev/client-certificate: Require, gatehouse.dev/client-ca: secret/ca}
            spec:
              ingressClassName: gatehouse
              rules:
              - host: a.example.com
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
            """));
        pipeline.presentUnread(authority().getMetadata());
        for (Kind kind : Kind.values()) {
            pipeline.listed(kind);
        }
    }

    private Set<ObjectKey> asked() throws InterruptedException {
        Set<ObjectKey> next = asked.poll(BOUND_SECONDS, TimeUnit.SECONDS);
        return next == null ? Set.of() : next;
    }

    private boolean isServed() {
        return publisher.snapshot(FLEET).flatMap(all -> all.get(HOST)).isPresent();
    }

    @Test
    void nothingIsPublishedBeforeTheSecretsThatAreReferredToAreRead() throws Exception {
        list();

        assertThat(asked()).containsExactly(CA);
        assertThat(pipeline.isWanted(CA)).isTrue();
        assertThat(pipeline.compiled()).isNotDone();
        assertThat(publisher.snapshot(FLEET)).isEmpty();
        assertThat(pipeline.missing()).isEqualTo("what Secrets hold that routes refer to");

        pipeline.present(authority());
        pipeline.compiled().get(BOUND_SECONDS, TimeUnit.SECONDS);
        assertThat(isServed()).isTrue();
        assertThat(pipeline.isWanted(CA)).isFalse();
        assertThat(told).as("one view").singleElement().satisfies(outcome -> {
            assertThat(outcome.fleets()).containsOnlyKeys(FLEET);
            assertThat(outcome.verdicts()).containsKey(new ObjectKey(Kind.INGRESS, "shop", "web"));
        });
    }

    @Test
    void oneThatCannotBeReadHoldsUpNobody() throws Exception {
        list();
        assertThat(asked()).containsExactly(CA);

        pipeline.unreadable(CA, "nobody may");
        pipeline.compiled().get(BOUND_SECONDS, TimeUnit.SECONDS);
        assertThat(isServed()).as("closed, and told so").isTrue();
        assertThat(pipeline.isWanted(CA)).isTrue();
    }

    @Test
    void afterAWhileTheFirstViewIsPublishedWithoutTheHostsThatWait() throws Exception {
        pipeline.close();
        pipeline = pipeline(Duration.ofMillis(100));
        list();

        pipeline.compiled().get(BOUND_SECONDS, TimeUnit.SECONDS);
        assertThat(isServed()).isFalse();

        pipeline.present(authority());
        await().untilAsserted(() -> assertThat(isServed()).isTrue());
    }
}

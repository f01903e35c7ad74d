package dev.gatehouse.e2e;

import static dev.gatehouse.e2e.Storefront.within;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.boot.Controller;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.testkit.Switchboard;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.WebClient;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What goes wrong between the controllers and a real API server, with traffic running: no request fails, and ten seconds after
 * all is well again everything is served as it is written. The controllers have the rights that the chart gives them, no more.
 */
class ApiServerFaultsIT {

    /** A minute in the long form: {@code -Dgatehouse.faults.outage=PT60S}. */
    private static final Duration OUTAGE = Duration.parse(System.getProperty("gatehouse.faults.outage", "PT6S"));

    /** From the repair until everything is served as it is written. */
    private static final Duration CONVERGED = Duration.ofSeconds(10);

    private static final Duration BOUND = Duration.ofSeconds(90);

    private static final Switchboard API = new Switchboard();
    private static final List<Digest> PUBLISHED = new CopyOnWriteArrayList<>();
    private static final TestCertificate CERTIFICATE = TestCertificate.of("steady.example.com");

    private static String rights;
    private static Gatehouse gatehouse;
    private static Controller controller;
    private static DataPlane plane;
    private static WebClient web;
    private static Storefront storefront;

    @BeforeAll
    static void start() throws InterruptedException, IOException {
        gatehouse = Gatehouse.start(Path.of("target/api-server-faults"));
        rights = ChartRights.yaml();
        gatehouse.apply(rights);
        storefront = new Storefront(gatehouse);
        gatehouse.apply(CERTIFICATE.secretYaml("shop", "steady-tls"));
        storefront.open("steady", "steady-tls");
        storefront.open("steady-too");
        API.to(gatehouse.cluster().port());
        Path kubeconfig = ChartRights.kubeconfig(gatehouse, API.port());
        controller = gatehouse.controller("first", kubeconfig);
        controller.publisher().onPublished(snapshot -> PUBLISHED.add(snapshot.root()));
        plane = gatehouse.dataPlane(controller, "node-1");
        web = Gatehouse.web(plane);
        within(BOUND).until(() -> controller.leading() && controller.watching());
        within(BOUND).untilAsserted(() -> assertServed("steady-too"));
    }

    @AfterAll
    static void stop() {
        API.close();
        storefront.close();
        gatehouse.close();
    }

    private static String withoutSecrets(String rights) {
        String less = rights.replace("resources: [services, secrets, configmaps]", "resources: [services, configmaps]");
        assertThat(less).isNotEqualTo(rights);
        return less;
    }

    private static boolean mayReadSecrets() {
        return gatehouse
                .client()
                .resource(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser("system:serviceaccount:" + Gatehouse.NAMESPACE + ":gatehouse-controller")
                        .withNewResourceAttributes()
                        .withVerb("list")
                        .withResource("secrets")
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .create()
                .getStatus()
                .getAllowed();
    }

    private static void assertServed(String name) {
        assertThat(Storefront.isServed(web, name)).as(name).isTrue();
    }

    private static void assertNotServed(String name) {
        assertThat(web.get(name + ".example.com", "/").status()).isEqualTo(404);
    }

    private static Traffic traffic() {
        return Traffic.to(plane.port("http"), "steady.example.com", "steady-too.example.com");
    }

    @Test
    void theApiServerIsGoneForAWhile() throws InterruptedException {
        storefront.open("before-outage");
        within(BOUND).untilAsserted(() -> assertServed("before-outage"));
        try (var _ = traffic()) {
            gatehouse.cluster().stopApiServer();
            Thread.sleep(OUTAGE);
            assertServed("before-outage");
            gatehouse.cluster().startApiServer();
            storefront.remove("before-outage");
            storefront.open("after-outage");
            within(CONVERGED).untilAsserted(() -> {
                assertServed("after-outage");
                assertNotServed("before-outage");
            });
        }
        within(BOUND).until(controller::leading);
        within(BOUND).until(() -> storefront.showsItsAddress("after-outage")); // statuses are written again
    }

    /** Nobody knows any more what happened in between: everything is listed anew. */
    @Test
    void whatHappenedWhileTheWatchesWereBrokenIsForgotten() throws InterruptedException {
        storefront.open("forgotten");
        within(BOUND).untilAsserted(() -> assertServed("forgotten"));
        try (var _ = traffic()) {
            API.cut();
            storefront.remove("forgotten");
            storefront.open("never-told-of");
            forget();
            within(CONVERGED).untilAsserted(() -> {
                assertServed("never-told-of");
                assertNotServed("forgotten");
            });

            // Once more, with nothing to tell.
            within(BOUND).until(controller::watching);
            int published = PUBLISHED.size();
            API.cut();
            within(BOUND).until(() -> !controller.watching());
            forget();
            within(BOUND).until(controller::watching);
            storefront.open("told-last");
            within(CONVERGED).untilAsserted(() -> assertServed("told-last"));
            within(BOUND)
                    .untilAsserted(() -> assertThat(PUBLISHED.subList(published, PUBLISHED.size()).stream()
                                    .distinct())
                            .as("a listing that brings nothing new publishes nothing")
                            .hasSize(1));
        }
    }

    private static void forget() {
        gatehouse.cluster().compactEtcd();
        gatehouse.cluster().stopApiServer();
        gatehouse.cluster().startApiServer();
        API.to(gatehouse.cluster().port());
    }

    @Test
    void theRightToReadSecretsIsTakenAndGivenBack() throws InterruptedException {
        TestCertificate next = TestCertificate.of("steady.example.com");
        try (var _ = traffic()) {
            gatehouse.apply(withoutSecrets(rights));
            within(BOUND).until(() -> !mayReadSecrets()); // the API server hears of its own rules a little later
            API.cut();
            API.to(gatehouse.cluster().port());
            gatehouse.apply(next.secretYaml("shop", "steady-tls"));
            storefront.open("without-secrets");
            within(CONVERGED).untilAsserted(() -> assertServed("without-secrets"));
            assertThat(web.certificate("steady.example.com")).isNotEqualTo(next.certificate());
            within(BOUND).until(() -> !controller.watching());

            gatehouse.apply(rights);
            within(CONVERGED)
                    .untilAsserted(() ->
                            assertThat(web.certificate("steady.example.com")).isEqualTo(next.certificate()));
            within(BOUND).until(controller::watching);
        }
    }

    @Test
    void aSecretIsDeletedByMistake() throws InterruptedException {
        TestCertificate certificate = TestCertificate.of("mistake.example.com");
        gatehouse.apply(certificate.secretYaml("shop", "mistake-tls"));
        storefront.open("mistake", "mistake-tls");
        within(BOUND)
                .untilAsserted(
                        () -> assertThat(web.certificate("mistake.example.com")).isEqualTo(certificate.certificate()));
        try (var _ = traffic()) {
            gatehouse
                    .client()
                    .secrets()
                    .inNamespace("shop")
                    .withName("mistake-tls")
                    .delete();
            within(BOUND)
                    .untilAsserted(() -> assertThat(gatehouse
                                    .client()
                                    .resources(Event.class)
                                    .inNamespace("shop")
                                    .list()
                                    .getItems())
                            .anySatisfy(event -> {
                                assertThat(event.getRegarding().getName()).isEqualTo("mistake");
                                assertThat(event.getNote()).contains("mistake-tls");
                                assertThat(event.getType()).isEqualTo("Warning");
                            }));
            assertThat(web.certificate("mistake.example.com"))
                    .as("the last good one")
                    .isEqualTo(certificate.certificate());
            assertThat(web.getSecurely("mistake.example.com", "/").status()).isEqualTo(200);

            TestCertificate again = TestCertificate.of("mistake.example.com");
            gatehouse.apply(again.secretYaml("shop", "mistake-tls"));
            within(CONVERGED)
                    .untilAsserted(() ->
                            assertThat(web.certificate("mistake.example.com")).isEqualTo(again.certificate()));
        }
    }
}

package dev.gatehouse.bench;

import dev.gatehouse.bench.Figures.Value;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** How often the status of an object is written when it is created, and when it changes. */
final class StatusWrites {

    private static final Duration SETTLED = Duration.ofSeconds(4);
    private static final PatchContext MERGE =
            new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();

    private final Installation installation;

    StatusWrites(Installation installation) {
        this.installation = installation;
    }

    void measure(Figures figures, int present) throws InterruptedException {
        HasMetadata ingress = Population.ingress("told", Installation.BACKEND, "/");
        HasMetadata route =
                installation.load(Propagation.proxyRoute("told-route")).getFirst();
        figures.add(
                "status writes",
                present,
                "",
                Value.of("Ingress created", created(ingress), 2),
                Value.of(
                        "Ingress changed",
                        changed(ingress, "{\"spec\":{\"rules\":[{\"host\":\"told-2.example.com\"}]}}"),
                        2),
                Value.of("ProxyRoute created", created(route), 2),
                Value.of(
                        "ProxyRoute changed",
                        changed(route, "{\"spec\":{\"hosts\":[\"told-route-2.example.com\"]}}"),
                        2));
        installation.client().resource(ingress).delete();
        installation
                .client()
                .resources(ProxyRoute.class)
                .inNamespace(Population.NAMESPACE)
                .withName("told-route")
                .delete();
    }

    private int created(HasMetadata object) throws InterruptedException {
        return counted(object, () -> installation.client().resource(object).create());
    }

    private int changed(HasMetadata object, String patch) throws InterruptedException {
        return counted(object, () -> installation.client().resource(object).patch(MERGE, patch))
                - 1; // the change itself
    }

    private int counted(HasMetadata object, Runnable write) throws InterruptedException {
        AtomicInteger versions = new AtomicInteger();
        Resource<HasMetadata> resource = installation.client().resource(object);
        try (var _ = resource.watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, HasMetadata seen) {
                if (action == Action.MODIFIED) {
                    versions.incrementAndGet();
                }
            }

            @Override
            public void onClose(WatcherException cause) {
                throw new IllegalStateException(
                        "the watch on " + object.getMetadata().getName() + " broke", cause);
            }
        })) {
            write.run();
            Thread.sleep(SETTLED);
        }
        return versions.get();
    }
}

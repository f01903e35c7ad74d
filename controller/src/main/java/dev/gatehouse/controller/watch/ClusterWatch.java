package dev.gatehouse.controller.watch;

import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.crds.HostGrant;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches every kind that is compiled, in all namespaces. A watch that breaks is taken up again by its informer, with a new
 * listing where the API server no longer knows the version; what the listing did not change is not passed on.
 */
public final class ClusterWatch implements AutoCloseable {

    /** Secrets of any other type are no business of an ingress controller's. */
    private static final String TLS_SECRETS = "kubernetes.io/tls";

    private static final long LIST_CHUNK = 500;

    /** ConfigMaps hold up to 1 MiB each, nearly all of it for others. */
    private static final long LARGE_LIST_CHUNK = 50;

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);

    private final ClusterSink sink;
    private final Map<Kind, SharedIndexInformer<?>> informers = new EnumMap<>(Kind.class);
    private final OptionalKind referenceGrants;

    /** Prepares the watches; {@link #start()} begins. */
    public ClusterWatch(KubernetesClient client, ClusterSink sink) {
        this.sink = sink;
        this.referenceGrants = new OptionalKind(
                () -> client.supports("gateway.networking.k8s.io/v1beta1", Kind.REFERENCE_GRANT.text()),
                informer(
                        Kind.REFERENCE_GRANT,
                        client.resources(ReferenceGrant.class).inAnyNamespace(),
                        ReferenceGrant::new,
                        LIST_CHUNK),
                () -> sink.listed(Kind.REFERENCE_GRANT));
        add(Kind.INGRESS_CLASS, client.resources(IngressClass.class), IngressClass::new);
        add(Kind.PROXY_FLEET, client.resources(ProxyFleet.class).inAnyNamespace(), ProxyFleet::new);
        add(Kind.HOST_GRANT, client.resources(HostGrant.class), HostGrant::new);
        add(Kind.PROXY_POLICY, client.resources(ProxyPolicy.class).inAnyNamespace(), ProxyPolicy::new);
        add(Kind.NAMESPACE, client.namespaces(), Namespace::new);
        add(Kind.SECRET, client.secrets().inAnyNamespace().withField("type", TLS_SECRETS), Secret::new);
        add(Kind.CONFIG_MAP, client.configMaps().inAnyNamespace(), ConfigMap::new, LARGE_LIST_CHUNK);
        add(Kind.SERVICE, client.services().inAnyNamespace(), Service::new);
        add(Kind.ENDPOINT_SLICE, client.resources(EndpointSlice.class).inAnyNamespace(), EndpointSlice::new);
        add(Kind.INGRESS, client.resources(Ingress.class).inAnyNamespace(), Ingress::new);
        add(Kind.PROXY_ROUTE, client.resources(ProxyRoute.class).inAnyNamespace(), ProxyRoute::new);
    }

    private <T extends HasMetadata> void add(Kind kind, Informable<T> objects, Supplier<T> blank) {
        add(kind, objects, blank, LIST_CHUNK);
    }

    private <T extends HasMetadata> void add(Kind kind, Informable<T> objects, Supplier<T> blank, long chunk) {
        informers.put(kind, informer(kind, objects, blank, chunk));
    }

    private <T extends HasMetadata> SharedIndexInformer<T> informer(
            Kind kind, Informable<T> objects, Supplier<T> blank, long chunk) {
        SharedIndexInformer<T> informer = objects.withLimit(chunk).runnableInformer(0);
        informer.itemStore(new VersionStore<>(blank));
        informer.removeNamespaceIndex();
        informer.addEventHandler(new Handler<>(kind));
        informer.exceptionHandler((started, failure) -> retry(kind, failure));
        return informer;
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        informers.values().forEach(SharedIndexInformer::start);
        referenceGrants.start();
    }

    /** Whether every kind has a live watch at this moment. */
    public boolean watching() {
        return informers.values().stream().allMatch(SharedIndexInformer::isWatching) && referenceGrants.watching();
    }

    @Override
    public void close() {
        referenceGrants.close();
        informers.values().forEach(SharedIndexInformer::stop);
    }

    private static boolean retry(Kind kind, Throwable failure) {
        LOG.warn("event=watch_failed kind={} reason=\"{}\"", kind.text(), explain(kind, failure));
        return true;
    }

    private static String explain(Kind kind, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof KubernetesClientException e) {
                if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                    return "the API server knows no " + kind.text() + ": install the CRDs of charts/gatehouse/crds";
                }
                if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
                    return "the controller's ServiceAccount may not list and watch "
                            + kind.text().toLowerCase(Locale.ROOT) + " objects: see the ClusterRole of the Helm chart";
                }
            }
        }
        return String.valueOf(failure.getMessage());
    }

    private final class Handler<T extends HasMetadata> implements ResourceEventHandler<T> {

        private final Kind kind;

        Handler(Kind kind) {
            this.kind = kind;
        }

        @Override
        public void onAdd(T object) {
            sink.present(object);
        }

        @Override
        public void onUpdate(T before, T object) {
            sink.present(object);
        }

        @Override
        public void onDelete(T object, boolean unseen) {
            String namespace = object.getMetadata().getNamespace();
            sink.gone(new ObjectKey(
                    kind,
                    namespace == null ? "" : namespace,
                    object.getMetadata().getName()));
        }

        @Override
        public void onList(String resourceVersion, boolean remainedEmpty) {
            sink.listed(kind);
        }
    }
}

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
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches every kind that is compiled, in all namespaces or in some. A watch that breaks is taken up again by its informer, with a new
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
    private final WatchScope scope;
    private final Map<Kind, List<SharedIndexInformer<?>>> informers = new EnumMap<>(Kind.class);
    private final OptionalKind referenceGrants;

    /** Prepares the watches; {@link #start()} begins. */
    public ClusterWatch(KubernetesClient client, WatchScope scope, ClusterSink sink) {
        this.sink = sink;
        this.scope = scope;
        this.referenceGrants = new OptionalKind(
                () -> client.supports("gateway.networking.k8s.io/v1beta1", Kind.REFERENCE_GRANT.text()),
                informers(
                        Kind.REFERENCE_GRANT,
                        places(client.resources(ReferenceGrant.class)),
                        ReferenceGrant::new,
                        LIST_CHUNK),
                () -> sink.listed(Kind.REFERENCE_GRANT));
        add(Kind.INGRESS_CLASS, List.of(client.resources(IngressClass.class)), IngressClass::new);
        add(Kind.PROXY_FLEET, places(client.resources(ProxyFleet.class)), ProxyFleet::new);
        add(Kind.HOST_GRANT, List.of(client.resources(HostGrant.class)), HostGrant::new);
        add(Kind.PROXY_POLICY, places(client.resources(ProxyPolicy.class)), ProxyPolicy::new);
        add(Kind.NAMESPACE, List.of(client.namespaces()), Namespace::new);
        add(
                Kind.SECRET,
                places(client.secrets()).stream()
                        .map(secrets -> secrets.withField("type", TLS_SECRETS))
                        .toList(),
                Secret::new);
        informers.put(
                Kind.CONFIG_MAP,
                informers(Kind.CONFIG_MAP, places(client.configMaps()), ConfigMap::new, LARGE_LIST_CHUNK));
        add(Kind.SERVICE, places(client.services()), Service::new);
        add(Kind.ENDPOINT_SLICE, places(client.resources(EndpointSlice.class)), EndpointSlice::new);
        add(Kind.INGRESS, selected(client.resources(Ingress.class)), Ingress::new);
        add(Kind.PROXY_ROUTE, selected(client.resources(ProxyRoute.class)), ProxyRoute::new);
    }

    /** Where objects of a kind that has a namespace are watched: everywhere at once, or in each namespace apart. */
    private <T, L, R extends Resource<T>> List<FilterWatchListDeletable<T, L, R>> places(MixedOperation<T, L, R> all) {
        if (scope.namespaces().isEmpty()) {
            return List.of(all.inAnyNamespace());
        }
        List<FilterWatchListDeletable<T, L, R>> places = new ArrayList<>();
        scope.namespaces().forEach(namespace -> places.add(all.inNamespace(namespace)));
        return places;
    }

    private <T, L, R extends Resource<T>> List<FilterWatchListDeletable<T, L, R>> selected(
            MixedOperation<T, L, R> routes) {
        return scope.routeSelector().isEmpty()
                ? places(routes)
                : places(routes).stream()
                        .map(place -> place.withLabelSelector(scope.routeSelector()))
                        .toList();
    }

    private <T extends HasMetadata> void add(Kind kind, List<? extends Informable<T>> places, Supplier<T> blank) {
        informers.put(kind, informers(kind, places, blank, LIST_CHUNK));
    }

    private <T extends HasMetadata> List<SharedIndexInformer<?>> informers(
            Kind kind, List<? extends Informable<T>> places, Supplier<T> blank, long chunk) {
        AtomicInteger unlisted = new AtomicInteger(places.size());
        List<SharedIndexInformer<?>> all = new ArrayList<>();
        for (Informable<T> place : places) {
            SharedIndexInformer<T> informer = place.withLimit(chunk).runnableInformer(0);
            informer.itemStore(new VersionStore<>(blank));
            informer.removeNamespaceIndex();
            informer.addEventHandler(new Handler<>(kind, unlisted));
            informer.exceptionHandler((started, failure) -> retry(kind, failure));
            all.add(informer);
        }
        return all;
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        informers.values().forEach(some -> some.forEach(SharedIndexInformer::start));
        referenceGrants.start();
    }

    /** Whether every kind has a live watch at this moment. */
    public boolean watching() {
        return informers.values().stream().flatMap(List::stream).allMatch(SharedIndexInformer::isWatching)
                && referenceGrants.watching();
    }

    @Override
    public void close() {
        referenceGrants.close();
        informers.values().forEach(some -> some.forEach(SharedIndexInformer::stop));
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
                            + kind.text().toLowerCase(Locale.ROOT)
                            + " objects: see the roles of the Helm chart, and its value watchNamespaces";
                }
            }
        }
        return String.valueOf(failure.getMessage());
    }

    private final class Handler<T extends HasMetadata> implements ResourceEventHandler<T> {

        private final Kind kind;
        private final AtomicInteger unlisted;
        private boolean listed;

        /** @param unlisted places of the kind that are not listed yet */
        Handler(Kind kind, AtomicInteger unlisted) {
            this.kind = kind;
            this.unlisted = unlisted;
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
            boolean last = !listed && unlisted.decrementAndGet() == 0;
            listed = true;
            if (last) {
                sink.listed(kind);
            }
        }
    }
}

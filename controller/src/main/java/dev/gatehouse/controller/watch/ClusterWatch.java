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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Watches every kind that is compiled, in all namespaces or in some. A watch that breaks is taken up again, with a new listing
 * where the API server no longer knows the version; what the listing did not change is not passed on.
 */
public final class ClusterWatch implements AutoCloseable {

    /** ConfigMaps hold up to 1 MiB each, nearly all of it for others. */
    private static final int LARGE_OBJECTS = 50;

    private final ApiServer server;
    private final WatchScope scope;
    private final ClusterSink sink;
    private final RandomGenerator random;
    private final List<Reflector<?>> reflectors = new ArrayList<>();
    private final SecretWatch secrets;

    /** Prepares the watches; {@link #start()} begins. */
    public ClusterWatch(ApiServer server, WatchScope scope, ClusterSink sink, RandomGenerator random) {
        this.server = server;
        this.scope = scope;
        this.sink = sink;
        this.random = random;
        watch(Kind.INGRESS_CLASS, List.of(Source.of(IngressClass.class)));
        watch(Kind.PROXY_FLEET, places(Source.of(ProxyFleet.class)));
        watch(Kind.HOST_GRANT, List.of(Source.of(HostGrant.class)));
        watch(Kind.PROXY_POLICY, places(Source.of(ProxyPolicy.class)));
        watch(Kind.NAMESPACE, List.of(Source.of(Namespace.class)));
        this.secrets = watchSecrets(places(Source.of(Secret.class)));
        watch(Kind.CONFIG_MAP, places(Source.of(ConfigMap.class).inPagesOf(LARGE_OBJECTS)));
        watch(Kind.SERVICE, places(Source.of(Service.class)));
        watch(Kind.ENDPOINT_SLICE, places(Source.of(EndpointSlice.class)));
        watch(Kind.REFERENCE_GRANT, places(Source.of(ReferenceGrant.class).maybeAbsent()));
        watch(Kind.INGRESS, places(Source.of(Ingress.class).labelled(scope.routeSelector())));
        watch(Kind.PROXY_ROUTE, places(Source.of(ProxyRoute.class).labelled(scope.routeSelector())));
    }

    /** Where objects of a kind that has a namespace are watched: everywhere at once, or in each namespace apart. */
    private <T extends HasMetadata> List<Source<T>> places(Source<T> everywhere) {
        return scope.namespaces().isEmpty()
                ? List.of(everywhere)
                : scope.namespaces().stream().map(everywhere::in).toList();
    }

    private <T extends HasMetadata> void watch(Kind kind, List<Source<T>> places) {
        AtomicInteger unlisted = new AtomicInteger(places.size());
        for (Source<T> place : places) {
            reflectors.add(new Reflector<>(server, place, new Passing<>(kind, unlisted), random));
        }
    }

    private SecretWatch watchSecrets(List<Source<Secret>> places) {
        AtomicInteger unlisted = new AtomicInteger(2 * places.size());
        SecretWatch watch = new SecretWatch(server, places, sink, () -> listed(Kind.SECRET, unlisted), random);
        reflectors.addAll(watch.reflectors());
        return watch;
    }

    private void listed(Kind kind, AtomicInteger unlisted) {
        if (unlisted.decrementAndGet() == 0) {
            sink.listed(kind);
        }
    }

    /** Reads what Secrets hold of which only the metadata was passed on, and passes it on. Returns at once. Any thread. */
    public void read(Collection<ObjectKey> wanted) {
        secrets.read(wanted);
    }

    /** Begins to list and watch; returns at once. Failures are logged and tried again until {@link #close()}. */
    public void start() {
        reflectors.forEach(Reflector::start);
    }

    /** Whether every kind has a live watch at this moment. */
    public boolean watching() {
        return reflectors.stream().allMatch(Reflector::watching);
    }

    @Override
    public void close() {
        reflectors.forEach(Reflector::close);
        secrets.close();
    }

    private final class Passing<T extends HasMetadata> implements Reflector.Sink<T> {

        private final Kind kind;
        private final AtomicInteger unlisted;

        /** @param unlisted places of the kind that are not listed yet */
        Passing(Kind kind, AtomicInteger unlisted) {
            this.kind = kind;
            this.unlisted = unlisted;
        }

        @Override
        public void present(T object) {
            sink.present(object);
        }

        @Override
        public void gone(String namespace, String name) {
            sink.gone(new ObjectKey(kind, namespace, name));
        }

        @Override
        public void listed() {
            ClusterWatch.this.listed(kind, unlisted);
        }
    }
}

package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.EndpointTerms;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.PortRef;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.ServiceModel;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Staple;
import dev.gatehouse.snapshot.proto.Upstream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Upstreams, endpoints and certificates: compiled once, kept while any fleet uses them. */
final class SharedShards {

    private static final String H2C = "kubernetes.io/h2c";

    private final Objects objects;
    private final UpstreamClaims claims;
    private final KeptCertificates kept;
    private final Statuses statuses;
    private final SecretBodies bodies;
    private final BackendTlsCompiler tls;
    private final Map<Use, Entry> entries = new HashMap<>();
    private final Map<ObjectKey, Set<Use>> bySource = new HashMap<>();
    private final Set<ObjectKey> abandoned = new HashSet<>();

    private static final class Entry {
        private List<Shard> shards;
        private Set<ObjectKey> sources = Set.of();
        private int fleets;

        private Entry(List<Shard> shards) {
            this.shards = shards;
        }
    }

    /** New content of a use. */
    record Refreshed(Use use, List<Shard> before, List<Shard> after) {}

    SharedShards(
            Objects objects, UpstreamClaims claims, KeptCertificates kept, Statuses statuses, SecretBodies bodies) {
        this.bodies = bodies;
        this.objects = objects;
        this.claims = claims;
        this.kept = kept;
        this.statuses = statuses;
        this.tls = new BackendTlsCompiler(objects);
    }

    /** A fleet begins to use it. */
    List<Shard> acquire(Use use) {
        Entry entry = entries.computeIfAbsent(use, u -> {
            Entry made = new Entry(compile(u));
            link(u, made);
            return made;
        });
        entry.fleets++;
        return entry.shards;
    }

    /** A fleet no longer uses it. */
    List<Shard> release(Use use) {
        Entry entry = entries.get(use);
        if (entry == null) {
            throw new IllegalStateException("released what nobody uses: " + use);
        }
        entry.fleets--;
        if (entry.fleets == 0) {
            entries.remove(use);
            entry.sources.forEach(source -> unlink(use, source));
        }
        return entry.shards;
    }

    /** What the shards of a use are made of: the object itself, and what that refers to. */
    Set<ObjectKey> sources(Use use) {
        Set<ObjectKey> sources = new HashSet<>(Set.of(use.source()));
        switch (use) {
            case Use.OfUpstream(ObjectKey key, int port) ->
                objects.service(key)
                        .filter(service -> Backends.isTls(service, port))
                        .ifPresent(service -> sources.addAll(service.references()));
            case Use.OfCertificate(ObjectKey secret) ->
                kept.servable(secret, objects.secret(secret))
                        .flatMap(statuses::key)
                        .ifPresent(sources::add);
        }
        return sources;
    }

    /** Remembers what the shards of a use are made of. */
    private void link(Use use, Entry entry) {
        Set<ObjectKey> sources = sources(use);
        if (sources.equals(entry.sources)) {
            return;
        }
        entry.sources.forEach(source -> unlink(use, source));
        sources.forEach(
                source -> bySource.computeIfAbsent(source, s -> new HashSet<>()).add(use));
        entry.sources = sources;
    }

    private void unlink(Use use, ObjectKey source) {
        bySource.computeIfPresent(source, (key, uses) -> uses.remove(use) && uses.isEmpty() ? null : uses);
        if (!isSource(source)) {
            abandoned.add(source);
        }
    }

    /** Whether anything that is in use is made of it. */
    boolean isSource(ObjectKey object) {
        return bySource.containsKey(object);
    }

    /** The objects of which nothing in use is made any more since this was asked last; some may have become sources again. */
    Set<ObjectKey> takeAbandoned() {
        Set<ObjectKey> all = Set.copyOf(abandoned);
        abandoned.clear();
        return all;
    }

    /**
     * Compiles again what is made of {@code source}, and says what became different. What is made of a Secret that has to be read first
     * stays as it is until then.
     */
    List<Refreshed> refresh(ObjectKey source) {
        List<Refreshed> changed = new ArrayList<>();
        for (Use use : List.copyOf(bySource.getOrDefault(source, Set.of()))) {
            Entry entry = entries.get(use);
            if (entry == null) {
                throw new IllegalStateException("a source of what nobody uses: " + use);
            }
            link(use, entry);
            Set<ObjectKey> unread = bodies.unread(entry.sources);
            if (!unread.isEmpty()) {
                bodies.want(unread);
                continue;
            }
            List<Shard> after = compile(use);
            if (!entry.shards.equals(after)) {
                changed.add(new Refreshed(use, entry.shards, after));
                entry.shards = after;
            }
        }
        return changed;
    }

    private List<Shard> compile(Use use) {
        return switch (use) {
            case Use.OfUpstream(ObjectKey service, int port) ->
                objects.service(service).map(s -> upstream(s, port)).orElse(List.of());
            case Use.OfCertificate(ObjectKey secret) ->
                kept.servable(secret, objects.secret(secret))
                        .map(usable -> certificate(secret, usable))
                        .orElse(List.of());
        };
    }

    /**
     * KEP-3726. Every other application protocol in clear text is spoken as HTTP/1.1, which is what backends of plain HTTP all
     * know.
     */
    private static Upstream.Protocol protocol(ServiceModel service, int port) {
        return service.port(new PortRef.ByNumber(port))
                .filter(one -> one.appProtocol().equals(H2C))
                .map(one -> Upstream.Protocol.H2C)
                .orElse(Upstream.Protocol.HTTP1);
    }

    private List<Shard> upstream(ServiceModel service, int port) {
        ObjectKey key = service.key();
        ShardId id = ShardId.upstream(key.namespace(), key.name(), port);
        Upstream.Builder upstream = Upstream.newBuilder()
                .setProtocol(protocol(service, port))
                .setProxyProtocol(
                        switch (service.proxyProtocol()) {
                            case OFF -> Upstream.ProxyProtocol.OFF;
                            case V1 -> Upstream.ProxyProtocol.V1;
                            case V2 -> Upstream.ProxyProtocol.V2;
                        });
        if (Backends.isTls(service, port)) {
            Optional<Upstream.Tls> secured = tls.compile(service);
            if (secured.isEmpty()) {
                return List.of(); // no rule leads here either
            }
            upstream.setTls(secured.get());
        }
        claims.winner(service, port, EndpointTerms.Aspect.OUTLIER)
                .flatMap(claim -> claim.terms().outlier())
                .ifPresent(outlier -> upstream.setOutlier(ResilienceCompiler.outlier(outlier)));
        claims.winner(service, port, EndpointTerms.Aspect.ACTIVE)
                .flatMap(claim -> claim.terms().active())
                .ifPresent(check -> upstream.setHealthCheck(ResilienceCompiler.healthCheck(check)));
        claims.winner(service, port, EndpointTerms.Aspect.CIRCUIT_BREAKER)
                .flatMap(claim -> claim.terms().circuitBreaker())
                .ifPresent(breaker -> upstream.setCircuitBreaker(ResilienceCompiler.circuitBreaker(breaker)));
        if (service.externalName().isPresent()) {
            upstream.setExternal(Upstream.ExternalName.newBuilder()
                    .setDnsName(service.externalName().get())
                    .setPort(Backends.externalPort(service, port)));
            return List.of(shard(id, upstream));
        }
        Shard endpoints = EndpointsCompiler.compile(service, port, objects.slices(key));
        upstream.setEndpoints(endpoints.id().toString());
        return List.of(shard(id, upstream), endpoints);
    }

    private static Shard shard(ShardId id, Upstream.Builder upstream) {
        return Shard.of(id, ShardBody.newBuilder().setUpstream(upstream).build());
    }

    private List<Shard> certificate(ObjectKey secret, SecretModel.Usable usable) {
        Shard certificate = Shard.of(
                ShardId.certificate(secret.namespace(), secret.name()),
                ShardBody.newBuilder()
                        .setCertificate(Certificate.newBuilder()
                                .addAllChain(usable.chain())
                                .setPrivateKey(usable.privateKey()))
                        .build());
        return statuses.of(usable).orElse(null) instanceof CertificateStatus.Good good
                ? List.of(certificate, staple(secret, certificate, good))
                : List.of(certificate);
    }

    private static Shard staple(ObjectKey secret, Shard certificate, CertificateStatus.Good good) {
        return Shard.of(
                ShardId.staple(secret.namespace(), secret.name()),
                ShardBody.newBuilder()
                        .setStaple(Staple.newBuilder()
                                .setCertificate(
                                        ByteString.copyFrom(certificate.digest().toBytes()))
                                .setResponse(good.response())
                                .setThisUpdateS(good.thisUpdate().getEpochSecond())
                                .setNextUpdateS(good.nextUpdate().getEpochSecond()))
                        .build());
    }
}

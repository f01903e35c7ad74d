package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.fixture.TestRequest;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.health.HealthChecks;
import dev.gatehouse.dataplane.listen.tls.TlsContexts;
import dev.gatehouse.dataplane.loop.EventLoops;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.table.TableBuilder;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Source;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import io.netty.handler.ssl.SslProvider;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A data plane without its control plane: real sockets, real routing table, one event loop. */
final class ProxyFixture implements AutoCloseable {
    private final Vertx vertx;
    private final Tables tables = new Tables();
    private final TableBuilder builder;
    private final HttpListeners listeners;
    private final HealthChecks healthChecks;
    private final RecordingObserver seen = new RecordingObserver();
    private final Context loop;

    ProxyFixture() {
        this(List.of(new ListenerBind("http", "127.0.0.1", 0, false)));
    }

    ProxyFixture(List<ListenerBind> binds) {
        this(binds, recording -> recording);
    }

    /** Run in a zone. */
    ProxyFixture(String zone) {
        this(
                List.of(new ListenerBind("http", "127.0.0.1", 0, false)),
                recording -> recording,
                TlsContexts.preferred(),
                InstantSource.system(),
                zone);
    }

    /** With another observer than the one that records for {@link #exchanges} and {@link #refusals}. */
    ProxyFixture(List<ListenerBind> binds, UnaryOperator<ExchangeObserver> choice) {
        this(binds, choice, TlsContexts.preferred());
    }

    /** With a provider of TLS with clients of the test's choice. */
    ProxyFixture(List<ListenerBind> binds, UnaryOperator<ExchangeObserver> choice, SslProvider provider) {
        this(binds, choice, provider, InstantSource.system());
    }

    /** With a clock that tells when staples end. */
    ProxyFixture(
            List<ListenerBind> binds,
            UnaryOperator<ExchangeObserver> choice,
            SslProvider provider,
            InstantSource clock) {
        this(binds, choice, provider, clock, "");
    }

    private ProxyFixture(
            List<ListenerBind> binds,
            UnaryOperator<ExchangeObserver> choice,
            SslProvider provider,
            InstantSource clock,
            String zone) {
        builder = new TableBuilder(tables, BackendTls.maker(), InstantSource.system(), zone);
        vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        loop = vertx.getOrCreateContext();
        binds.forEach(bind -> listener(bind.name(), settings -> settings));
        listeners = HttpListeners.start(
                new EventLoops(vertx), tables, choice.apply(seen), binds, new TlsContexts(tables, provider, clock));
        healthChecks = HealthChecks.start(tables.upstreams(), listeners.workers());
    }

    /** Sends everything of every host to these addresses. */
    ProxyFixture routeTo(InetSocketAddress... backends) {
        return route(rule -> rule, backends);
    }

    /** As {@link #routeTo}, with changes to the rule. */
    ProxyFixture route(UnaryOperator<Rule.Builder> change, InetSocketAddress... backends) {
        return routeHost("*", "backend", change, backends);
    }

    /** Sends everything of one host to the addresses of a service. */
    ProxyFixture routeHost(
            String host, String service, UnaryOperator<Rule.Builder> change, InetSocketAddress... backends) {
        Rule.Builder rule = ProxyShards.rule(service)
                .setSource(Source.newBuilder()
                        .setKind("Ingress")
                        .setNamespace(ProxyShards.NAMESPACE)
                        .setName("web"));
        apply(
                ProxyShards.endpoints(service, backends),
                ProxyShards.upstream(service, upstream -> upstream),
                ProxyShards.host(Host.newBuilder().setName(host).addRules(change.apply(rule))));
        return this;
    }

    /** A host whose requests all go where {@link #routeTo} sends those of every host, with changes. */
    ProxyFixture host(String name, UnaryOperator<Host.Builder> change) {
        apply(ProxyShards.host(change.apply(Host.newBuilder().setName(name).addRules(ProxyShards.rule("backend")))));
        return this;
    }

    /** TLS of one host goes to the addresses of a service as it is. */
    ProxyFixture passThrough(String host, String service, InetSocketAddress... backends) {
        return passThrough(host, service, rule -> rule, backends);
    }

    /** As above, with changes to the rule. */
    ProxyFixture passThrough(
            String host, String service, UnaryOperator<Rule.Builder> change, InetSocketAddress... backends) {
        routeHost(host, service, rule -> change.apply(rule.addRequiredFeatures(Features.TLS_PASSTHROUGH)), backends);
        apply(ProxyShards.passedThrough(held(ShardId.host(host))));
        return this;
    }

    private Shard held(ShardId id) {
        return tables.current().snapshot().get(id).orElseThrow();
    }

    /** Takes a shard out. */
    void remove(String shard) {
        List<ShardId> gone = List.of(ShardId.parse(shard));
        builder.commit(
                builder.stage(List.of()), gone, tables.current().snapshot().with(List.of(), gone));
    }

    /** Changes how the endpoints of {@link #routeTo} are talked to. */
    ProxyFixture upstream(UnaryOperator<Upstream.Builder> change) {
        return upstream("backend", change);
    }

    /** Changes how the endpoints of a service are talked to. */
    ProxyFixture upstream(String service, UnaryOperator<Upstream.Builder> change) {
        apply(ProxyShards.upstream(service, change));
        return this;
    }

    /** As {@link #upstream}, over TLS with a server name. */
    ProxyFixture upstreamTls(String serverName, UnaryOperator<Upstream.Tls.Builder> change) {
        return upstream(upstream ->
                upstream.setTls(change.apply(Upstream.Tls.newBuilder().setServerName(serverName))));
    }

    /** The shard of a certificate, for clients or for backends. */
    ProxyFixture certificate(String secret, TestCertificate certificate) {
        apply(ProxyShards.certificate(secret, certificate));
        return this;
    }

    /** What the issuer says of the version of a certificate that is there now. */
    ProxyFixture staple(String secret, byte[] response, Instant thisUpdate, Instant nextUpdate) {
        Shard certificate = held(ShardId.certificate(ProxyShards.NAMESPACE, secret));
        apply(ProxyShards.staple(secret, certificate, response, thisUpdate, nextUpdate));
        return this;
    }

    /** What session tickets of the listener {@code https} are made with: the first key; all are taken. */
    ProxyFixture tickets(ByteString... keys) {
        apply(ProxyShards.tickets("https", keys));
        return this;
    }

    /** Sends everything to a DNS name, as an ExternalName Service does. */
    ProxyFixture routeToName(String name, int port) {
        routeTo();
        apply(ProxyShards.external("backend", name, port));
        return this;
    }

    /** Changes the settings of the listener {@code http}, whose bodies have no limit unless the change says so. */
    ProxyFixture listener(UnaryOperator<Listener.Builder> change) {
        return listener("http", change);
    }

    ProxyFixture listener(String name, UnaryOperator<Listener.Builder> change) {
        apply(ProxyShards.listener(
                change.apply(Listener.newBuilder().setName(name).setMaxBodyBytes(Long.MAX_VALUE))));
        return this;
    }

    void apply(Shard... shards) {
        List<Shard> updates = List.of(shards);
        var staging = builder.stage(updates);
        if (!staging.refused().isEmpty()) {
            throw new IllegalArgumentException(staging.refused().toString());
        }
        builder.commit(staging, List.of(), tables.current().snapshot().with(updates, List.of()));
    }

    /** Those of {@link #routeTo}, ready ones first. */
    List<dev.gatehouse.dataplane.balance.Endpoint> endpoints() {
        told(); // what an exchange took of them is given back in the turn of its end
        return tables.current().route(TestRequest.get("a", "/")).backends().backends().stream()
                .flatMap(selection -> selection.upstream().endpoints().stream())
                .toList();
    }

    Vertx vertx() {
        return vertx;
    }

    HttpListeners listeners() {
        return listeners;
    }

    int port() {
        return port("http");
    }

    int port(String listener) {
        Integer port = listeners.boundPorts().get(listener);
        if (port == null) {
            throw new IllegalArgumentException("no listener " + listener);
        }
        return port;
    }

    RawClient client() {
        return RawClient.connect(port());
    }

    /**
     * What was told until now. Who has read an answer may look for it while the loop is still about to tell of it: the turn in which
     * it was sent ends first.
     */
    private RecordingObserver told() {
        CountDownLatch turn = new CountDownLatch(1);
        try {
            loop.runOnContext(nothing -> turn.countDown());
            assertThat(turn.await(1, TimeUnit.MINUTES)).as("the loop goes on").isTrue();
        } catch (RejectedExecutionException e) {
            // It has ended, with everything that it had to tell.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return seen;
    }

    /** How many connections of clients are open. */
    int connections() {
        return told().connections();
    }

    /** Codes of the connections that were closed before they began. */
    List<String> refusals() {
        return told().refusals();
    }

    /** Of each handshake, whether it resumed a session. */
    List<Boolean> handshakes() {
        return told().handshakes();
    }

    /** The condition of each retry, and {@code refused} for each that the budget did not allow. */
    List<String> retries() {
        return told().retries();
    }

    /** How often an endpoint was ejected. */
    int ejections() {
        return told().ejections();
    }

    /** What requests were refused for by circuit breakers. */
    List<String> circuits() {
        return told().circuits();
    }

    /** How often the health of an endpoint was checked. */
    int checks() {
        return told().checks();
    }

    /** What became of copies of requests. */
    List<String> mirrored() {
        return told().mirrored();
    }

    /** How many connections are passed through. */
    int passing() {
        return told().passing();
    }

    /** Those that were, and have ended. */
    List<RecordingObserver.Passed> passed() {
        return told().passed();
    }

    List<RecordingObserver.Done> exchanges() {
        return told().exchanges();
    }

    @Override
    public void close() {
        healthChecks.close();
        listeners.close();
        vertx.close().await();
    }
}

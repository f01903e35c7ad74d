package dev.gatehouse.dataplane.listen;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Backend;
import dev.gatehouse.snapshot.proto.Certificate;
import dev.gatehouse.snapshot.proto.Endpoint;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Listener;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ServerTls;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Staple;
import dev.gatehouse.snapshot.proto.Tickets;
import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.TestCertificate;
import java.net.InetSocketAddress;
import java.security.cert.CertificateEncodingException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;

/** Shards of a {@link ProxyFixture}: Services and Secrets in one namespace, each Service with the port 80. */
final class ProxyShards {
    static final String NAMESPACE = "test";

    private ProxyShards() {}

    static Shard endpoints(String service, InetSocketAddress... addresses) {
        Endpoints.Builder endpoints = Endpoints.newBuilder();
        List.of(addresses).stream()
                .sorted(Comparator.comparingInt(InetSocketAddress::getPort))
                .forEach(address -> endpoints.addEndpoints(Endpoint.newBuilder()
                        .setAddress(ByteString.copyFrom(address.getAddress().getAddress()))
                        .setPort(address.getPort())));
        return Shard.of(
                ShardId.endpoints(NAMESPACE, service, 80),
                ShardBody.newBuilder().setEndpoints(endpoints).build());
    }

    /** Talks to the endpoints of the service. */
    static Shard upstream(String service, UnaryOperator<Upstream.Builder> change) {
        ShardId endpoints = ShardId.endpoints(NAMESPACE, service, 80);
        return Shard.of(
                ShardId.upstream(NAMESPACE, service, 80),
                ShardBody.newBuilder()
                        .setUpstream(change.apply(Upstream.newBuilder().setEndpoints(endpoints.toString())))
                        .build());
    }

    /** Talks to a DNS name. */
    static Shard external(String service, String name, int port) {
        return Shard.of(
                ShardId.upstream(NAMESPACE, service, 80),
                ShardBody.newBuilder()
                        .setUpstream(Upstream.newBuilder()
                                .setExternal(Upstream.ExternalName.newBuilder()
                                        .setDnsName(name)
                                        .setPort(port)))
                        .build());
    }

    /** Sends all requests to a service. */
    static Rule.Builder rule(String service) {
        return Rule.newBuilder()
                .setId("Ingress/test/web#spec.rules[0].http.paths[0]")
                .setMatch(Match.newBuilder().setPrefix("/"))
                .addBackends(Backend.newBuilder()
                        .setUpstream(ShardId.upstream(NAMESPACE, service, 80).toString())
                        .setWeight(1));
    }

    static Shard host(Host.Builder host) {
        return Shard.of(
                ShardId.host(host.getName()),
                ShardBody.newBuilder().setHost(host).build());
    }

    /** As it is routed, but passed through as TLS, and answered with a redirect to it in clear text. */
    static Shard passedThrough(Shard routed) {
        try {
            Host.Builder host = routed.body().getHost().toBuilder();
            Rule rule = host.getRules(0);
            return host(host.setTls(ServerTls.newBuilder().setUnavailable("feature-unsupported"))
                    .setPassthrough(rule)
                    .setRules(
                            0,
                            rule.toBuilder()
                                    .clearBackends()
                                    .setHttpsRedirect(308)
                                    .setOnlyTlsHere(true)));
        } catch (CorruptShardException e) {
            throw new IllegalStateException(e);
        }
    }

    static Shard certificate(String secret, TestCertificate certificate) {
        try {
            return Shard.of(
                    ShardId.certificate(NAMESPACE, secret),
                    ShardBody.newBuilder()
                            .setCertificate(Certificate.newBuilder()
                                    .addChain(ByteString.copyFrom(
                                            certificate.certificate().getEncoded()))
                                    .setPrivateKey(ByteString.copyFrom(
                                            certificate.keys().getPrivate().getEncoded())))
                            .build());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @param certificate the version that the issuer's response is about */
    static Shard staple(String secret, Shard certificate, byte[] response, Instant thisUpdate, Instant nextUpdate) {
        return Shard.of(
                ShardId.staple(NAMESPACE, secret),
                ShardBody.newBuilder()
                        .setStaple(Staple.newBuilder()
                                .setCertificate(
                                        ByteString.copyFrom(certificate.digest().toBytes()))
                                .setResponse(ByteString.copyFrom(response))
                                .setThisUpdateS(thisUpdate.getEpochSecond())
                                .setNextUpdateS(nextUpdate.getEpochSecond()))
                        .build());
    }

    static Shard tickets(String listener, ByteString... keys) {
        return Shard.of(
                ShardId.tickets(listener),
                ShardBody.newBuilder()
                        .setTickets(Tickets.newBuilder().addAllKeys(List.of(keys)))
                        .build());
    }

    static Shard listener(Listener.Builder listener) {
        return Shard.of(
                ShardId.listener(listener.getName()),
                ShardBody.newBuilder().setListener(listener).build());
    }
}

package dev.gatehouse.dataplane.table;

import com.google.protobuf.ByteString;
import dev.gatehouse.dataplane.balance.Member;
import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.dataplane.balance.TlsSettings;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.match.CompiledHost;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.proxyprotocol.ProxyVersion;
import dev.gatehouse.dataplane.resilience.CircuitLimits;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import dev.gatehouse.dataplane.resilience.OutlierPolicy;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Endpoints;
import dev.gatehouse.snapshot.proto.Global;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Upstream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SNIHostName;

/** A shard that was decoded and found usable, before it takes effect. What cannot be used does not become one. */
sealed interface StagedShard {

    /** What holds for the whole fleet. */
    record OfGlobal(Optional<CompiledRule> defaultRule, Optional<ShardId> defaultCertificate, SessionKeys sessionKeys)
            implements StagedShard {}

    /** How a listener treats its connections. */
    record OfListener(ListenerSettings settings) implements StagedShard {}

    /** The rules of a host and the certificates its name may choose among. */
    record OfHost(CompiledHost host, List<ShardId> certificates) implements StagedShard {}

    /**
     * How an upstream finds its endpoints.
     *
     * @param external the one endpoint of an ExternalName; {@code endpoints} is empty then
     */
    record OfUpstream(
            Optional<ShardId> endpoints,
            Optional<InetSocketAddress> external,
            Way way,
            OutlierPolicy outlier,
            Optional<HealthCheck> healthCheck,
            CircuitLimits limits)
            implements StagedShard {}

    /**
     * How the endpoints of an upstream are to be talked to.
     *
     * @param tls without its client certificate, which is a shard of its own
     */
    record Way(
            Transport.Protocol protocol,
            Optional<ProxyVersion> proxyHeader,
            Optional<TlsSettings> tls,
            Optional<ShardId> clientCertificate) {

        /** The same with other TLS. */
        Way with(TlsSettings other) {
            return new Way(protocol, proxyHeader, Optional.of(other), clientCertificate);
        }

        static final Way PLAIN =
                new Way(Transport.Protocol.HTTP1, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Who is there now. */
    record OfEndpoints(Members members) implements StagedShard {}

    /** A chain with its key, which fit each other. */
    record OfCertificate(ServerCertificate certificate) implements StagedShard {}

    /** What the issuer of a certificate says of it. */
    record OfStaple(Staple staple) implements StagedShard {}

    /** What the session tickets of a listener are made with. */
    record OfTickets(TicketKeys keys) implements StagedShard {}

    /** The endpoints of one Service port. */
    record Members(List<Member> ready, List<Member> terminating) {

        static final Members NOBODY = new Members(List.of(), List.of());

        boolean isEmpty() {
            return ready.isEmpty() && terminating.isEmpty();
        }
    }

    /**
     * Decodes a shard.
     *
     * @param rules joins rules to their upstreams
     * @param now when it is staged
     * @throws CorruptShardException if it cannot be decoded or holds what cannot be served
     * @throws GeneralSecurityException if a certificate or its key cannot be used
     * @throws IllegalArgumentException if a value is not what it must be; the message is for people
     */
    static StagedShard of(Shard shard, RuleCompiler rules, Instant now)
            throws CorruptShardException, GeneralSecurityException {
        ShardBody body = shard.body();
        return switch (shard.id().kind()) {
            case GLOBAL -> global(body.getGlobal(), rules);
            case LISTENER ->
                new OfListener(ListenerSettings.of(
                        shard.id().name(),
                        body.getListener(),
                        rules.tls(body.getListener().getTls())));
            case HOST -> host(shard.id(), body.getHost(), rules);
            case UPSTREAM -> upstream(body.getUpstream());
            case ENDPOINTS -> new OfEndpoints(members(body.getEndpoints()));
            case CERTIFICATE -> new OfCertificate(ServerCertificate.of(shard, now));
            case STAPLE -> new OfStaple(Staple.of(shard));
            case TICKETS -> new OfTickets(TicketKeys.of(shard));
            case UNKNOWN ->
                throw new CorruptShardException("is of a kind that this version does not know; update the data planes");
        };
    }

    private static StagedShard global(Global body, RuleCompiler rules) {
        String certificate = body.getDefaultCertificate();
        return new OfGlobal(
                body.hasDefaultRule() ? Optional.of(rules.rule(body.getDefaultRule())) : Optional.empty(),
                certificate.isEmpty() ? Optional.empty() : Optional.of(ShardId.parse(certificate)),
                SessionKeys.of(body.getSessionKeysList().stream()
                        .map(ByteString::toByteArray)
                        .toList()));
    }

    private static StagedShard host(ShardId id, Host body, RuleCompiler rules)
            throws CorruptShardException, GeneralSecurityException {
        if (!body.getName().equals(id.name())) {
            throw new CorruptShardException("holds the host '" + body.getName() + "'");
        }
        return new OfHost(
                rules.host(body),
                body.getCertificatesList().stream().map(ShardId::parse).toList());
    }

    private static StagedShard upstream(Upstream body) throws CorruptShardException, GeneralSecurityException {
        String certificate = body.getTls().getClientCertificate();
        Way way = new Way(
                protocol(body),
                proxyHeader(body),
                body.hasTls() ? Optional.of(tls(body.getTls())) : Optional.empty(),
                certificate.isEmpty() ? Optional.empty() : Optional.of(ShardId.parse(certificate)));
        if (!body.hasExternal()) {
            return new OfUpstream(
                    Optional.of(ShardId.parse(body.getEndpoints())),
                    Optional.empty(),
                    way,
                    OutlierPolicy.of(body),
                    HealthCheck.of(body),
                    CircuitLimits.of(body));
        }
        Upstream.ExternalName external = body.getExternal();
        return new OfUpstream(
                Optional.empty(),
                Optional.of(InetSocketAddress.createUnresolved(external.getDnsName(), external.getPort())),
                way,
                OutlierPolicy.of(body),
                HealthCheck.of(body),
                CircuitLimits.of(body));
    }

    private static Transport.Protocol protocol(Upstream body) throws CorruptShardException {
        return switch (body.getProtocol()) {
            case HTTP1 -> Transport.Protocol.HTTP1;
            case H2C -> Transport.Protocol.H2C;
            case UNRECOGNIZED ->
                throw new CorruptShardException("asks for a protocol that this version does not speak");
        };
    }

    private static Optional<ProxyVersion> proxyHeader(Upstream body) throws CorruptShardException {
        return switch (body.getProxyProtocol()) {
            case OFF -> Optional.empty();
            case V1 -> Optional.of(ProxyVersion.V1);
            case V2 -> Optional.of(ProxyVersion.V2);
            case UNRECOGNIZED ->
                throw new CorruptShardException("asks for a PROXY header that this version cannot write");
        };
    }

    /** A name that cannot be sent as SNI is refused here rather than at every handshake. */
    private static TlsSettings tls(Upstream.Tls body) throws GeneralSecurityException {
        String serverName = new SNIHostName(body.getServerName()).getAsciiName();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Set<X509Certificate> trusted = new HashSet<>();
        for (ByteString der : body.getTrustedList()) {
            try {
                trusted.add((X509Certificate) factory.generateCertificate(der.newInput()));
            } catch (CertificateException e) {
                throw new GeneralSecurityException("a trusted certificate cannot be read", e);
            }
        }
        return new TlsSettings(
                serverName,
                body.getNamesCount() == 0 ? Set.of(serverName) : Set.copyOf(body.getNamesList()),
                Set.copyOf(trusted),
                Optional.empty(),
                !body.getUnverified());
    }

    private static Members members(Endpoints body) throws CorruptShardException {
        List<Member> ready = new ArrayList<>();
        List<Member> terminating = new ArrayList<>();
        for (var endpoint : body.getEndpointsList()) {
            Member member = new Member(
                    new InetSocketAddress(address(endpoint.getAddress()), endpoint.getPort()),
                    weight(endpoint.getWeight()),
                    endpoint.getZone(),
                    List.copyOf(endpoint.getForZonesList()));
            switch (endpoint.getState()) {
                case READY -> ready.add(member);
                case TERMINATING -> terminating.add(member);
                case UNRECOGNIZED -> throw new CorruptShardException("an endpoint is in an unknown state");
            }
        }
        return new Members(ready, terminating);
    }

    private static int weight(int weight) throws CorruptShardException {
        if (weight < 0 || weight > Member.MAX_WEIGHT) {
            throw new CorruptShardException(
                    "an endpoint's weight is " + Integer.toUnsignedString(weight) + ", more than " + Member.MAX_WEIGHT);
        }
        return Math.max(weight, 1);
    }

    private static InetAddress address(ByteString bytes) throws CorruptShardException {
        try {
            return InetAddress.getByAddress(bytes.toByteArray());
        } catch (UnknownHostException e) {
            throw new CorruptShardException("an endpoint's address has " + bytes.size() + " bytes, not 4 or 16");
        }
    }
}

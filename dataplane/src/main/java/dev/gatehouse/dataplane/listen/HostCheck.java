package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.listen.tls.TlsConnection;
import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.ClientVerdict;
import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a TLS connection may carry a request: its host must be one for which the handshake would have been done in the
 * same way, with the same certificate (RFC 9110, 7.4 and 15.5.20; RFC 9113, 9.1.1). A client that named no host in its handshake
 * was shown the default certificate and knows it, so that its certificate is not asked about.
 * Hosts that ask for client certificates share a connection with no other name at all.
 *
 * <p>A table that changes what the connection's own host wants of its clients has them judged again by their certificates: who
 * would be let in now goes on, and nobody else. Event loop only.
 */
final class HostCheck {
    private final TlsConnection connection;
    private final byte[] serverName;
    private final List<X509Certificate> clientChain;
    private final InstantSource clock;
    private TlsPolicy policy;
    private boolean admitted;
    private ClientVerdict verdict = ClientVerdict.MISSING;
    private byte @Nullable [] lines;

    private @Nullable RoutingTable judged;
    private byte[] judgedHost;
    private boolean judgedRight;

    HostCheck(TlsConnection connection, List<X509Certificate> clientChain, InstantSource clock) {
        this.connection = connection;
        this.serverName = connection.serverName().getBytes(StandardCharsets.US_ASCII);
        this.clientChain = clientChain;
        this.clock = clock;
        this.policy = connection.policy();
        this.judgedHost = serverName;
        judgeClient();
    }

    /** A resumed session brings its certificate along unseen, so that it is judged here in any case. */
    private void judgeClient() {
        Optional<ClientCertificates> clients = policy.clients();
        lines = null;
        admitted = true;
        if (clients.isPresent()) {
            verdict = clients.get().judge(clientChain, clock.instant());
            admitted = clients.get().admits(verdict);
            lines = ForwardedClient.lines(clients.get(), verdict, clientChain);
        }
    }

    /** Says what is told of the client in its requests. */
    Provenance telling(Provenance provenance) {
        byte[] told = lines;
        return told == null ? provenance : provenance.withClientCertificate(told);
    }

    /** Takes over what a new table says of the connection's own host; true if what is told of the client may be different. */
    boolean renew(RoutingTable table, ListenerSettings listener) {
        TlsPolicy current = table.tlsPolicy(listener, serverName, 0, serverName.length);
        if (current.equals(policy)) {
            return false;
        }
        policy = current;
        judgeClient();
        return true;
    }

    /** Whether the request may be served here. */
    @SuppressWarnings("ReferenceEquality") // A new object is a new version.
    boolean allows(RequestHead head, RoutingTable table, ListenerSettings listener) {
        byte[] b = head.bytes();
        int from = head.hostStart();
        int to = from + head.hostLength();
        if (table != judged || !Arrays.equals(b, from, to, judgedHost, 0, judgedHost.length)) {
            judged = table;
            judgedHost = Arrays.copyOfRange(b, from, to);
            judgedRight = judge(table, listener);
        }
        return judgedRight;
    }

    private boolean judge(RoutingTable table, ListenerSettings listener) {
        if (!admitted || !policy.unavailable().isEmpty()) {
            return false;
        }
        if (Arrays.equals(judgedHost, serverName)) {
            return true;
        }
        return policy.clients().isEmpty()
                && table.tlsPolicy(listener, judgedHost, 0, judgedHost.length).equals(policy)
                && (serverName.length == 0 || shows(table));
    }

    /** Whether a handshake for the host would have shown the same certificate. */
    private boolean shows(RoutingTable table) {
        String host = new String(judgedHost, StandardCharsets.US_ASCII);
        List<ServerCertificate> own = table.certificates().choose(connection.serverName());
        List<ServerCertificate> candidates = table.certificates().choose(host);
        return candidates.equals(own)
                || candidates.stream().anyMatch(candidate -> candidate.digest().equals(connection.certificate()));
    }
}

package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.ClientVerdict;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Ends handshakes of clients whose certificate does not hold where the policy does not admit that. Thread-safe. */
final class ClientTrust extends X509ExtendedTrustManager {
    private final ClientCertificates clients;
    private final InstantSource clock;

    ClientTrust(ClientCertificates clients, InstantSource clock) {
        this.clients = clients;
        this.clock = clock;
    }

    private void judge(X509Certificate[] chain) throws RefusedClientException {
        ClientVerdict verdict = clients.judge(List.of(chain), clock.instant());
        if (!clients.admits(verdict)) {
            throw new RefusedClientException(verdict);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        judge(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        judge(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        judge(chain);
    }

    /** Sent to clients, so that they can choose among theirs (RFC 8446, 4.2.4). */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return clients.authorities().toArray(X509Certificate[]::new);
    }

    // ---- Servers are not judged here.

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
        throw new UnsupportedOperationException();
    }
}

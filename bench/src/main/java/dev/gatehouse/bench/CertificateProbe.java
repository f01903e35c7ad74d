package dev.gatehouse.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Asks by a full TLS 1.3 handshake which certificate a name is served with, and since when that was known. One thread. */
final class CertificateProbe extends X509ExtendedTrustManager {

    private final int port;
    private X509Certificate[] shown = {};
    private long shownNanos;

    /**
     * What a client was shown.
     *
     * @param nanos by {@link System#nanoTime}, when it had arrived: what the client makes of it afterwards does not count
     */
    record Shown(X509Certificate certificate, long nanos) {}

    CertificateProbe(int port) {
        this.port = port;
    }

    Shown ask(String host) {
        try {
            SSLContext context = SSLContext.getInstance("TLS"); // another each time: no session is resumed
            context.init(null, new TrustManager[] {this}, null);
            try (SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setServerNames(List.of(new SNIHostName(host)));
                parameters.setProtocols(new String[] {"TLSv1.3"});
                parameters.setNamedGroups(new String[] {"x25519"});
                socket.setSSLParameters(parameters);
                socket.startHandshake();
            }
            return new Shown(shown[0], shownNanos);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
        shownNanos = System.nanoTime();
        shown = chain;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
        throw new IllegalStateException("asked by a socket");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
        throw new IllegalStateException("asked by a socket");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}

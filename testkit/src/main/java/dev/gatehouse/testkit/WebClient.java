package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Asks one thing over one connection, as a user would: by the host's name, wherever the server really is. */
public final class WebClient {

    private final String address;
    private final int httpPort;
    private final int httpsPort;

    /** @param address where both ports are */
    public WebClient(String address, int httpPort, int httpsPort) {
        this.address = address;
        this.httpPort = httpPort;
        this.httpsPort = httpsPort;
    }

    /** GET over HTTP. */
    public RawClient.Response get(String host, String path) {
        return request("GET", host, path);
    }

    /** GET over HTTP with a header: {@code x-user: me}. */
    public RawClient.Response getWith(String header, String host, String path) {
        return request("GET", host, path, header + "\r\n");
    }

    /** A request without a body over HTTP. */
    public RawClient.Response request(String method, String host, String path) {
        return request(method, host, path, "");
    }

    private RawClient.Response request(String method, String host, String path, String headers) {
        try (RawClient client = RawClient.over(new Socket(InetAddress.getByName(address), httpPort))) {
            return exchange(client, method, host, path, headers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** GET over HTTPS; any certificate will do. */
    public RawClient.Response getSecurely(String host, String path) {
        try (RawClient client = connectSecurely(host)) {
            return exchange(client, "GET", host, path, "");
        }
    }

    /**
     * A connection over TLS that stays open; any certificate will do.
     *
     * @param versions of TLS, such as TLSv1.2; none: what there is
     */
    public RawClient connectSecurely(String host, String... versions) {
        try {
            return RawClient.over(handshake(host, versions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The certificate that is shown for a name. */
    public X509Certificate certificate(String host) {
        try (SSLSocket socket = handshake(host)) {
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RawClient.Response exchange(
            RawClient client, String method, String host, String path, String headers) {
        client.send(
                method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Connection: close\r\n\r\n");
        return client.readResponse();
    }

    private SSLSocket handshake(String host, String... versions) throws IOException {
        SSLSocket socket =
                (SSLSocket) trusting().getSocketFactory().createSocket(InetAddress.getByName(address), httpsPort);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        if (versions.length > 0) {
            parameters.setProtocols(versions);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static SSLContext trusting() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class TrustAll extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

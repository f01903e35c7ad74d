package dev.gatehouse.dataplane.listen;

import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.TestCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A TLS client of Java's own that takes any server and says what it was asked to say.
 *
 * @param serverName sent as SNI; empty: none is
 * @param versions such as {@code TLSv1.3}; empty: all that Java speaks
 * @param alpn what is offered inside; empty: no ALPN
 * @param shown chain that is shown when the server asks, its own certificate first; empty: none
 */
record TlsClient(String serverName, List<String> versions, List<String> alpn, List<TestCertificate> shown) {
    static TlsClient of(String serverName) {
        return new TlsClient(serverName, List.of(), List.of(), List.of());
    }

    TlsClient versions(String... spoken) {
        return new TlsClient(serverName, List.of(spoken), alpn, shown);
    }

    TlsClient alpn(String... offered) {
        return new TlsClient(serverName, versions, List.of(offered), shown);
    }

    TlsClient showing(TestCertificate... chain) {
        return new TlsClient(serverName, versions, alpn, List.of(chain));
    }

    /** A connection whose handshake is done; in TLS 1.3 the server may still refuse it. */
    SSLSocket connect(int port) throws IOException {
        SSLSocket socket = (SSLSocket) context()
                .getSocketFactory()
                .createSocket(new Socket(InetAddress.getLoopbackAddress(), port), "127.0.0.1", port, true);
        socket.setSoTimeout(60_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
        if (!versions.isEmpty()) {
            parameters.setProtocols(versions.toArray(String[]::new));
        }
        parameters.setApplicationProtocols(alpn.toArray(String[]::new));
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /** One request for a host by HTTP/1.1, on a connection of its own. */
    RawClient.Response get(int port, String host) throws IOException {
        try (RawClient client = RawClient.over(connect(port))) {
            return client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n").readResponse();
        }
    }

    /** Why there is no answer at all; empty if there is one. */
    Optional<String> refusal(int port) {
        try {
            RawClient.Response response = get(port, serverName.isEmpty() ? "nobody" : serverName);
            return response.head().isEmpty() ? Optional.of("closed") : Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } catch (UncheckedIOException e) {
            return Optional.of(String.valueOf(e));
        }
    }

    private SSLContext context() {
        try {
            KeyManager[] keys = null;
            if (!shown.isEmpty()) {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(null, null);
                List<X509Certificate> chain = new ArrayList<>();
                shown.forEach(one -> chain.add(one.certificate()));
                store.setKeyEntry(
                        "it", shown.getFirst().keys().getPrivate(), new char[0], chain.toArray(X509Certificate[]::new));
                KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
                factory.init(store, new char[0]);
                keys = new KeyManager[] {new Stubborn((X509ExtendedKeyManager) factory.getKeyManagers()[0])};
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {new Anybody()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Shows its certificate whomever the server says it trusts. */
    private static final class Stubborn extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager held;

        Stubborn(X509ExtendedKeyManager held) {
            this.held = held;
        }

        private String alias(String type) {
            return held.getClientAliases(type, null) == null ? "" : held.getClientAliases(type, null)[0];
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            for (String type : types) {
                if (!alias(type).isEmpty()) {
                    return alias(type);
                }
            }
            throw new IllegalStateException("the server takes no key of the certificate's type");
        }

        @Override
        public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return held.getClientAliases(type, null);
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return held.getCertificateChain(alias);
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return held.getPrivateKey(alias);
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

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
}

package dev.gatehouse.dataplane.listen.tls;

import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The one key of a TLS context and its chain, handed to the engine as they are. A key store in between encrypts the key with
 * thousands of rounds, only for it to be decrypted again at once: milliseconds of an event loop for each certificate. Immutable.
 */
final class ServerKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "key";

    private final PrivateKey key;
    private final X509Certificate[] chain;

    private ServerKey(PrivateKey key, List<X509Certificate> chain) {
        this.key = key;
        this.chain = chain.toArray(X509Certificate[]::new);
    }

    /** @param chain leaf first */
    static KeyManagerFactory factory(PrivateKey key, List<X509Certificate> chain) {
        ServerKey manager = new ServerKey(key, chain);
        // The native engine would otherwise translate key and chain anew for each handshake.
        return new OpenSslCachingX509KeyManagerFactory(new Factory(manager));
    }

    /** @param type of key, with that of the certificate's signature where the cipher suite says one: {@code EC}, {@code EC_RSA} */
    private @Nullable String alias(String type) {
        int end = type.indexOf('_');
        return (end < 0 ? type : type.substring(0, end)).equals(key.getAlgorithm()) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
        return alias(type);
    }

    @Override
    public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(type);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
        String alias = alias(type);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return key;
    }

    // ---- It is no client's.

    @Override
    public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
        return null;
    }

    private static final class Factory extends KeyManagerFactory {
        Factory(KeyManager manager) {
            super(new Given(manager), null, "given");
        }
    }

    private static final class Given extends KeyManagerFactorySpi {
        private final KeyManager manager;

        Given(KeyManager manager) {
            this.manager = manager;
        }

        @Override
        protected void engineInit(KeyStore store, char[] password) {}

        @Override
        protected void engineInit(ManagerFactoryParameters parameters) {}

        @Override
        protected KeyManager[] engineGetKeyManagers() {
            return new KeyManager[] {manager};
        }
    }
}

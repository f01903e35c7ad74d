package dev.gatehouse.dataplane.control;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Who this data plane is to controllers. The key was made in this process and never leaves it, in no form; never printed.
 *
 * @param key belongs to the first of {@code chain}
 * @param chain what controllers get to see
 */
record NodeCertificate(PrivateKey key, List<X509Certificate> chain) {

    private static final String ALIAS = "node";

    NodeCertificate {
        chain = List.copyOf(chain);
    }

    boolean validAt(Instant now) {
        return now.isBefore(notAfter());
    }

    Instant notAfter() {
        return chain.getFirst().getNotAfter().toInstant();
    }

    /**
     * How long from {@code now} until it is to be renewed: two thirds of its life, less up to a tenth.
     *
     * @param spread from 0 to 1: nodes that enrolled together renew apart
     */
    Duration renewIn(Instant now, double spread) {
        Duration left = Duration.between(now, notAfter());
        return left.multipliedBy(2).dividedBy(3).minusMillis((long) (left.toMillis() * spread / 10));
    }

    /** For TLS, without the key taking any other form than the one it has. */
    X509KeyManager keyManager() {
        return new X509ExtendedKeyManager() {
            @Override
            public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
                return new String[] {ALIAS};
            }

            @Override
            public String chooseClientAlias(
                    String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
                return ALIAS;
            }

            @Override
            public String chooseEngineClientAlias(
                    String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
                return ALIAS;
            }

            @Override
            public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
                return null;
            }

            @Override
            public @Nullable String chooseServerAlias(
                    String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
                return null;
            }

            @Override
            public X509Certificate[] getCertificateChain(String alias) {
                return chain.toArray(new X509Certificate[0]);
            }

            @Override
            public PrivateKey getPrivateKey(String alias) {
                return key;
            }
        };
    }

    @Override
    public String toString() {
        return "node certificate until " + notAfter();
    }
}

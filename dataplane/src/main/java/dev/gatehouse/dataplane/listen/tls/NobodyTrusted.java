package dev.gatehouse.dataplane.listen.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * For contexts that ask no client for a certificate. Without one of our own each context would read all authorities that the Java
 * runtime trusts, and keep their names. Stateless.
 */
final class NobodyTrusted extends X509ExtendedTrustManager {
    static final NobodyTrusted INSTANCE = new NobodyTrusted();

    private NobodyTrusted() {}

    private static CertificateException nobodyWasAsked() {
        return new CertificateException("a certificate that was not asked for");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw nobodyWasAsked();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}

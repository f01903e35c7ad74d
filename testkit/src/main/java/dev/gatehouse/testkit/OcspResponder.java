package dev.gatehouse.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.jcajce.JcaBasicOCSPRespBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Answers for an authority whether certificates were revoked (OCSP, RFC 6960), rightly unless it is told to do otherwise. */
public final class OcspResponder implements AutoCloseable {

    /**
     * How requests are answered.
     *
     * @param signer of answers; if it is not the authority, its certificate goes along
     * @param revoked when the certificate was; empty: it holds
     * @param thisUpdate from when answers are good
     * @param nextUpdate until when; empty: they do not say
     * @param serial whom answers are about, if not whom was asked about
     * @param mangle changes the bytes of answers
     * @param status of HTTP
     */
    public record Behaviour(
            TestCertificate signer,
            Optional<Instant> revoked,
            Instant thisUpdate,
            Optional<Instant> nextUpdate,
            Optional<BigInteger> serial,
            UnaryOperator<byte[]> mangle,
            int status) {

        public Behaviour signer(TestCertificate other) {
            return new Behaviour(other, revoked, thisUpdate, nextUpdate, serial, mangle, status);
        }

        public Behaviour revoked(Instant since) {
            return new Behaviour(signer, Optional.of(since), thisUpdate, nextUpdate, serial, mangle, status);
        }

        public Behaviour good(Instant from, Optional<Instant> until) {
            return new Behaviour(signer, revoked, from, until, serial, mangle, status);
        }

        public Behaviour serial(BigInteger other) {
            return new Behaviour(signer, revoked, thisUpdate, nextUpdate, Optional.of(other), mangle, status);
        }

        public Behaviour mangle(UnaryOperator<byte[]> change) {
            return new Behaviour(signer, revoked, thisUpdate, nextUpdate, serial, change, status);
        }

        public Behaviour status(int other) {
            return new Behaviour(signer, revoked, thisUpdate, nextUpdate, serial, mangle, other);
        }
    }

    private final TestCertificate authority;
    private final HttpServer server;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Behaviour behaviour;

    /** Good answers for 2 days, from an hour ago. */
    public OcspResponder(TestCertificate authority) {
        this.authority = authority;
        Instant now = Instant.now();
        this.behaviour = new Behaviour(
                authority,
                Optional.empty(),
                now.minus(Duration.ofHours(1)),
                Optional.of(now.plus(Duration.ofHours(47))),
                Optional.empty(),
                answer -> answer,
                200);
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    /** From now on it behaves differently. */
    public void behave(UnaryOperator<Behaviour> change) {
        behaviour = change.apply(behaviour);
    }

    /** Where it is asked. */
    public String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/ocsp";
    }

    /** How often it was asked. */
    public int requests() {
        return requests.get();
    }

    /** What it says of a certificate now, DER. */
    public byte[] answer(TestCertificate certificate) {
        try {
            CertificateID id = new CertificateID(
                    new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1),
                    new JcaX509CertificateHolder(authority.certificate()),
                    certificate.certificate().getSerialNumber());
            return response(new OCSPReqBuilder().addRequest(id).build(), behaviour);
        } catch (IOException | OCSPException | OperatorCreationException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        Behaviour now = behaviour;
        try (exchange) {
            byte[] answer = now.mangle.apply(
                    response(new OCSPReq(exchange.getRequestBody().readAllBytes()), now));
            exchange.getResponseHeaders().add("Content-Type", "application/ocsp-response");
            exchange.sendResponseHeaders(now.status, answer.length);
            exchange.getResponseBody().write(answer);
        } catch (OCSPException | OperatorCreationException | GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private byte[] response(OCSPReq request, Behaviour now)
            throws IOException, OCSPException, OperatorCreationException, GeneralSecurityException {
        var digests = new JcaDigestCalculatorProviderBuilder().build();
        X509CertificateHolder issuer = new JcaX509CertificateHolder(authority.certificate());
        BasicOCSPRespBuilder answer =
                new JcaBasicOCSPRespBuilder(now.signer.keys().getPublic(), digests.get(CertificateID.HASH_SHA1));
        for (var one : request.getRequestList()) {
            CertificateID asked = one.getCertID();
            CertificateID id = now.serial.isPresent()
                    ? new CertificateID(digests.get(CertificateID.HASH_SHA1), issuer, now.serial.get())
                    : asked;
            CertificateStatus status = now.revoked.isPresent()
                    ? new RevokedStatus(Date.from(now.revoked.get()), CRLReason.keyCompromise)
                    : CertificateStatus.GOOD;
            answer.addResponse(
                    id,
                    status,
                    Date.from(now.thisUpdate),
                    now.nextUpdate.map(Date::from).orElse(null),
                    null);
        }
        X509CertificateHolder[] along = now.signer.equals(authority)
                ? new X509CertificateHolder[0]
                : new X509CertificateHolder[] {new JcaX509CertificateHolder(now.signer.certificate())};
        OCSPResp response = new OCSPRespBuilder()
                .build(
                        OCSPRespBuilder.SUCCESSFUL,
                        answer.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(now.signer.keys().getPrivate()),
                                along,
                                Date.from(Instant.now())));
        return response.getEncoded();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}

package dev.gatehouse.dataplane.control;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.EnrollRequest;
import dev.gatehouse.snapshot.proto.EnrollResponse;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** One call for a certificate, with a key made for it. Used once; never printed. */
final class Enrolment {

    private static final long TIMEOUT_SECONDS = 15;

    private final KeyPair keys;
    private final EnrollRequest request;

    /** The controller has answered, and the answer is no. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private Enrolment(KeyPair keys, EnrollRequest request) {
        this.keys = keys;
        this.request = request;
    }

    /**
     * Makes the key, which takes longer than an event loop likes.
     *
     * @param node what this data plane is to be called if it is no pod
     */
    static Enrolment create(String node) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair keys = generator.generateKeyPair();
            return new Enrolment(
                    keys,
                    EnrollRequest.newBuilder()
                            .setCsr(ByteString.copyFrom(CertificateRequest.of(keys)))
                            .setNode(node)
                            .build());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has P-256", e);
        }
    }

    /**
     * Calls.
     *
     * @param client whose connections show the present certificate, if there is no token
     * @param token to be traded; empty to renew
     * @return fails with {@link RefusedException} if the controller does not want to
     */
    Future<NodeCertificate> call(HttpClient client, ControllerConnections connections, Optional<String> token) {
        RequestOptions call = connections.call(Frames.ENROLL_PATH);
        token.ifPresent(value -> call.putHeader("authorization", "Bearer " + value));
        return client.request(call)
                .compose(sent -> sent.send(Buffer.buffer(Frames.encode(request))))
                .compose(response -> response.body().compose(body -> read(response, body)))
                .timeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    private Future<NodeCertificate> read(HttpClientResponse response, Buffer body) {
        CallEnd end = CallEnd.of(response);
        if (end.status() != GrpcStatus.OK) {
            return Future.failedFuture(new RefusedException(end.message() + " (" + end.status() + ")"));
        }
        try {
            List<EnrollResponse> answers =
                    new Frames<>(EnrollResponse.parser(), Frames.MAX_ENROLMENT).feed(body.getBytes());
            if (answers.size() != 1) {
                return Future.failedFuture(new RefusedException("the answer holds no certificate"));
            }
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<X509Certificate> chain = new ArrayList<>();
            for (ByteString der : answers.getFirst().getChainList()) {
                chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der.toByteArray())));
            }
            if (chain.isEmpty() || !chain.getFirst().getPublicKey().equals(keys.getPublic())) {
                return Future.failedFuture(new RefusedException("the certificate is for another key"));
            }
            return Future.succeededFuture(new NodeCertificate(keys.getPrivate(), chain));
        } catch (Frames.FramingException | GeneralSecurityException e) {
            return Future.failedFuture(new RefusedException("the answer cannot be read: " + e.getMessage()));
        }
    }
}

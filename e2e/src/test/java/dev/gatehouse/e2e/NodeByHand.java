package dev.gatehouse.e2e;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.proto.EnrollRequest;
import dev.gatehouse.snapshot.proto.EnrollResponse;
import dev.gatehouse.snapshot.proto.Hello;
import dev.gatehouse.snapshot.proto.Inventory;
import dev.gatehouse.snapshot.proto.NodeMessage;
import dev.gatehouse.snapshot.wire.Frames;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Speaks to a snapshot port as a data plane would, or as one never would.
 *
 * @param ca PEM of what the controller is checked against
 */
record NodeByHand(Vertx vertx, int port, String ca) {

    private static final long BOUND_SECONDS = 60;

    /** A key and the certificates shown for it. */
    record Shown(KeyPair keys, List<X509Certificate> chain) {}

    /**
     * What came back.
     *
     * @param status empty if the connection failed or was closed without one
     * @param body as far as it came
     */
    record Answer(Optional<GrpcStatus> status, Buffer body, String reason) {
        byte[] bytes() {
            return body.getBytes();
        }
    }

    static KeyPair keys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    /** A message by which {@code keys} ask for a certificate. */
    static byte[] enrolment(KeyPair keys) throws Exception {
        byte[] csr = new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=anything"), keys.getPublic())
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                .getEncoded();
        return Frames.encode(EnrollRequest.newBuilder()
                .setCsr(ByteString.copyFrom(csr))
                .setNode("by-hand")
                .build());
    }

    /** Says that it serves {@code fleet} and has nothing: the two messages that bring a node everything. */
    static byte[] hello(String fleet) {
        byte[] hello = Frames.encode(NodeMessage.newBuilder()
                .setHello(Hello.newBuilder().setFleet(fleet).setRoot(ByteString.copyFrom(new byte[32])))
                .build());
        byte[] inventory = Frames.encode(NodeMessage.newBuilder()
                .setInventory(Inventory.getDefaultInstance())
                .build());
        return ByteBuffer.allocate(hello.length + inventory.length)
                .put(hello)
                .put(inventory)
                .array();
    }

    /** Enrols with a token; fails if it gets no certificate. */
    Shown enrol(String token) throws Exception {
        KeyPair keys = keys();
        Answer answer = call(Frames.ENROLL_PATH, Optional.of(token), Optional.empty(), enrolment(keys));
        return shown(keys, answer);
    }

    /** Reads the certificate of an answer. */
    static Shown shown(KeyPair keys, Answer answer) throws Exception {
        if (!answer.status().equals(Optional.of(GrpcStatus.OK))) {
            throw new IllegalStateException(answer.status() + ": " + answer.reason());
        }
        EnrollResponse response = new Frames<>(EnrollResponse.parser(), Frames.MAX_MESSAGE)
                .feed(answer.bytes())
                .getFirst();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> chain = new ArrayList<>();
        for (ByteString der : response.getChainList()) {
            chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der.toByteArray())));
        }
        return new Shown(keys, chain);
    }

    /** Calls, sends one message or none, and takes whatever comes until the other side ends the call. */
    Answer call(String path, Optional<String> token, Optional<Shown> shown, byte... message) throws Exception {
        HttpClient client = client(shown);
        try {
            return client.request(options(path, token))
                    .compose(request -> sent(request, message))
                    .recover(failure -> Future.succeededFuture(
                            new Answer(Optional.empty(), Buffer.buffer(), String.valueOf(failure.getMessage()))))
                    .await(BOUND_SECONDS, TimeUnit.SECONDS);
        } finally {
            client.close().await(BOUND_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static Future<Answer> sent(HttpClientRequest request, byte[] message) {
        Buffer body = Buffer.buffer();
        Future<HttpClientResponse> response = request.response().compose(answered -> {
            answered.handler(body::appendBuffer);
            return answered.end().map(answered);
        });
        request.setChunked(true);
        // A stream goes on until the controller ends it; a single call says that it is over.
        Future<Void> written = request.getURI().equals(Frames.STREAM_PATH)
                ? request.write(Buffer.buffer(message))
                : request.end(Buffer.buffer(message));
        written.onFailure(failure -> request.reset());
        return response.map(answered -> {
                    Optional<String> status = either(answered, GrpcStatus.HEADER);
                    return new Answer(
                            status.map(GrpcStatus::ofCode),
                            body,
                            either(answered, GrpcStatus.MESSAGE_HEADER).orElse("HTTP " + answered.statusCode()));
                })
                .recover(failure -> Future.succeededFuture(
                        new Answer(Optional.empty(), body, String.valueOf(failure.getMessage()))));
    }

    private static Optional<String> either(HttpClientResponse response, String name) {
        return Optional.ofNullable(response.getHeader(name)).or(() -> Optional.ofNullable(response.getTrailer(name)));
    }

    /** Opens a stream and takes whatever comes; completes with the status when the controller ends it. */
    Future<Optional<GrpcStatus>> stream(HttpClient client, String fleet, Handler<Buffer> received) {
        return client.request(options(Frames.STREAM_PATH, Optional.empty()))
                .compose(request -> {
                    request.setChunked(true);
                    request.write(Buffer.buffer(hello(fleet))).onFailure(failure -> request.reset());
                    return request.response();
                })
                .compose(response -> {
                    response.handler(received);
                    return response.end()
                            .map(nothing -> either(response, GrpcStatus.HEADER).map(GrpcStatus::ofCode));
                });
    }

    RequestOptions options(String path, Optional<String> token) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost("localhost")
                .setPort(port)
                .setURI(path)
                .putHeader("content-type", Frames.CONTENT_TYPE);
        token.ifPresent(value -> options.putHeader("authorization", "Bearer " + value));
        return options;
    }

    /** The caller closes it. */
    HttpClient client(Optional<Shown> shown) {
        HttpClientOptions options = new HttpClientOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setTrustOptions(new PemTrustOptions().addCertValue(Buffer.buffer(ca)));
        shown.ifPresent(s -> options.setKeyCertOptions(new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(s.chain().stream()
                        .map(certificate -> pem("CERTIFICATE", encoded(certificate)))
                        .collect(Collectors.joining())))
                .addKeyValue(
                        Buffer.buffer(pem("PRIVATE KEY", s.keys().getPrivate().getEncoded())))));
        return vertx.createHttpClient(options);
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (java.security.cert.CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                        .encodeToString(der)
                + "\n-----END " + type + "-----\n";
    }
}

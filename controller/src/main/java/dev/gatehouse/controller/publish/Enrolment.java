package dev.gatehouse.controller.publish;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.trust.NodeKey;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.snapshot.proto.EnrollRequest;
import dev.gatehouse.snapshot.proto.EnrollResponse;
import dev.gatehouse.snapshot.wire.GrpcStatus;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Gives nodes their certificates. Does not block; thread-safe. */
final class Enrolment {

    private final Publisher publisher;
    private final NodeRegistry registry;
    private final Supplier<TrustMaterial> trust;
    private final Clock clock;

    /** There is no certificate; the message is fit for the peer. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final GrpcStatus status;

        RefusedException(GrpcStatus status, String message) {
            super(message);
            this.status = status;
        }

        GrpcStatus status() {
            return status;
        }
    }

    Enrolment(Publisher publisher, NodeRegistry registry, Supplier<TrustMaterial> trust, Clock clock) {
        this.publisher = publisher;
        this.registry = registry;
        this.trust = trust;
        this.clock = clock;
    }

    /**
     * For a node that has shown a good token. An earlier enrolment of the same pod ends with this.
     *
     * @param host address it calls from
     */
    EnrollResponse enrol(NodeIdentity owner, String host, EnrollRequest request) throws RefusedException {
        Optional<String> refusal = registry.refusal(owner, host);
        if (refusal.isPresent()) {
            publisher.counters().callDenied();
            throw new RefusedException(GrpcStatus.UNAUTHENTICATED, refusal.get());
        }
        NodeIdentity identity = owner;
        if (!owner.isPod()) {
            identity = owner.called(request.getNode())
                    .orElseThrow(() -> new RefusedException(
                            GrpcStatus.INVALID_ARGUMENT,
                            "a data plane outside the cluster needs a name of letters, digits, '.', '_' and '-'"));
        }
        requireFleet(identity);
        NodeKey key = key(request);
        EnrollResponse response = sign(key, NodeCredential.uri(identity, registry.enrol(identity)));
        publisher.counters().enrolled();
        return response;
    }

    /** For a node whose certificate is good and that {@link NodeRegistry#refusal} has nothing against. */
    EnrollResponse renew(NodeCredential credential, EnrollRequest request) throws RefusedException {
        if (!credential.identity().isPod()) {
            throw new RefusedException(
                    GrpcStatus.PERMISSION_DENIED,
                    "a data plane outside the cluster renews with a token: nobody could tell that it is gone");
        }
        requireFleet(credential.identity());
        EnrollResponse response = sign(key(request), NodeCredential.uri(credential.identity(), credential.enrolled()));
        publisher.counters().renewed();
        return response;
    }

    /** What a chain of certificates that was shown is worth now. */
    NodeCredential verify(List<? extends java.security.cert.Certificate> chain) throws GeneralSecurityException {
        Instant now = clock.instant();
        TrustMaterial.VerifiedNode node = trust.get().verifyNode(chain, now);
        Optional<NodeCredential> credential = NodeCredential.ofUri(node.uri(), node.notAfter());
        return credential.orElseThrow(() -> new GeneralSecurityException("its URI names no node"));
    }

    private void requireFleet(NodeIdentity identity) throws RefusedException {
        if (publisher.snapshot(identity.fleet()).isPresent()) {
            return;
        }
        if (!publisher.synchronised()) {
            throw new RefusedException(
                    GrpcStatus.UNAVAILABLE, "not yet synchronised: this replica has not read the whole cluster");
        }
        throw new RefusedException(GrpcStatus.NOT_FOUND, "there is no ProxyFleet " + identity.fleet() + ": create it");
    }

    private static NodeKey key(EnrollRequest request) throws RefusedException {
        try {
            return NodeKey.ofRequest(request.getCsr().toByteArray());
        } catch (GeneralSecurityException e) {
            throw new RefusedException(GrpcStatus.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private EnrollResponse sign(NodeKey key, String uri) {
        EnrollResponse.Builder response = EnrollResponse.newBuilder();
        for (X509Certificate one : trust.get().authority().issueNode(key, uri, clock.instant())) {
            try {
                response.addChain(ByteString.copyFrom(one.getEncoded()));
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException("a certificate of our own cannot be encoded", e);
            }
        }
        return response.build();
    }
}

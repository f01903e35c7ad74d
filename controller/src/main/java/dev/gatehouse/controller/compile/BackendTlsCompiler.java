package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Authorities;
import dev.gatehouse.controller.model.BackendTls;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.ServiceModel;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Upstream;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Makes the wire form of TLS to the endpoints of a Service. Fails closed: where anything that the Service asks for is missing
 * or cannot be understood, there is a problem and no form, so that nothing is ever sent unverified by mistake.
 */
final class BackendTlsCompiler {

    private final Objects objects;

    BackendTlsCompiler(Objects objects) {
        this.objects = objects;
    }

    /**
     * Why a Service cannot be reached.
     *
     * @param code that the 503 carries
     * @param finding within the Service
     */
    record Problem(String code, Finding finding) {}

    /** What is in the way; empty: {@link #compile} has a result. */
    Optional<Problem> problem(ServiceModel service) {
        BackendTls tls = service.tls();
        if (!tls.errors().isEmpty()) {
            return Optional.of(new Problem("backend-tls-invalid", tls.errors().getFirst()));
        }
        return tls.authority()
                .flatMap(this::authorityProblem)
                .or(() -> tls.clientCertificate().flatMap(this::certificateProblem));
    }

    private Optional<Problem> authorityProblem(ObjectKey key) {
        return switch (objects.authorities(key)) {
            case Authorities.Usable usable -> Optional.empty();
            case Authorities.Unusable(String message) -> {
                String reason =
                        objects.get(key).isPresent() ? Reasons.BACKEND_CA_UNUSABLE : Reasons.BACKEND_CA_NOT_FOUND;
                yield Optional.of(new Problem(
                        "backend-ca-unusable",
                        Finding.error(
                                reason,
                                BackendTls.field(BackendTls.AUTHORITY),
                                "names the " + key + ", which " + message)));
            }
        };
    }

    private Optional<Problem> certificateProblem(ObjectKey key) {
        Optional<SecretModel> secret = objects.secret(key);
        String field = BackendTls.field(BackendTls.CLIENT_CERTIFICATE);
        if (secret.isEmpty()) {
            return Optional.of(new Problem(
                    "backend-client-certificate-unusable",
                    Finding.error(
                            Reasons.SECRET_NOT_FOUND,
                            field,
                            "names the " + key + ", which does not exist; create it, or name one that does")));
        }
        return switch (secret.get().material()) {
            case SecretModel.Usable usable -> Optional.empty();
            case SecretModel.Unread unread -> Optional.empty(); // the host waits for it
            case SecretModel.Unusable(String message) ->
                Optional.of(new Problem(
                        "backend-client-certificate-unusable",
                        Finding.error(Reasons.SECRET_UNUSABLE, field, "names the " + key + ", which " + message)));
        };
    }

    /** The wire form; empty if there is a {@link #problem}. */
    Optional<Upstream.Tls> compile(ServiceModel service) {
        if (problem(service).isPresent()) {
            return Optional.empty();
        }
        BackendTls tls = service.tls();
        Upstream.Tls.Builder wire = Upstream.Tls.newBuilder().setUnverified(!tls.verified());
        names(service, tls, wire);
        tls.authority().ifPresent(key -> {
            if (objects.authorities(key) instanceof Authorities.Usable usable) {
                wire.addAllTrusted(usable.certificates());
            }
        });
        tls.clientCertificate()
                .ifPresent(
                        secret -> wire.setClientCertificate(certificate(secret).toString()));
        return Optional.of(wire.build());
    }

    /**
     * Endpoints are addresses, which certificates seldom have: where the Service names nothing, its certificate must be made
     * out to the Service itself, under either of the names by which clients in the cluster reach it; that of an external name
     * to that name.
     */
    private static void names(ServiceModel service, BackendTls tls, Upstream.Tls.Builder wire) {
        String inCluster = service.key().name() + "." + service.key().namespace() + ".svc";
        Optional<String> external = service.externalName()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .map(name -> name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
        if (tls.serverName().isPresent()) {
            wire.setServerName(tls.serverName().get());
        } else if (external.isPresent() && !isAddress(external.get())) {
            wire.setServerName(external.get());
        } else {
            wire.setServerName(inCluster);
        }
        if (!tls.names().isEmpty()) {
            wire.addAllNames(tls.names());
        } else if (tls.serverName().isEmpty()) {
            wire.addAllNames(external.map(List::of).orElse(List.of(inCluster, inCluster + ".cluster.local")));
        }
    }

    private static boolean isAddress(String name) {
        try {
            return InetAddress.ofLiteral(name).getAddress().length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The shard of a client certificate. */
    static ShardId certificate(ObjectKey secret) {
        return ShardId.certificate(secret.namespace(), secret.name());
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.snapshot.ShardId;
import java.util.List;
import java.util.Optional;

/** Finds the certificate of a reference. A host without a usable one is still served, over HTTP and with the default one. */
final class Certificates {

    private final Objects objects;

    Certificates(Objects objects) {
        this.objects = objects;
    }

    /**
     * The certificate's shard.
     *
     * @param host for which it is to answer; a finding says if the certificate does not name it
     */
    Optional<ShardId> resolve(HostRules.CertificateRef reference, Optional<String> host, Part part) {
        ObjectKey key = reference.secret();
        part.look(key);
        Optional<SecretModel> secret = objects.secret(key);
        if (secret.isEmpty()) {
            part.find(Finding.error(
                    Reasons.SECRET_NOT_FOUND,
                    reference.field(),
                    "names the " + key + ", which does not exist; create it, or name one that does."
                            + " Until then HTTPS is answered with the default certificate"));
            return Optional.empty();
        }
        return switch (secret.get().material()) {
            case SecretModel.Unusable(String message) -> {
                part.find(Finding.error(
                        Reasons.SECRET_UNUSABLE,
                        reference.field(),
                        "names the " + key + ", which " + message
                                + ". Until then HTTPS is answered with the default certificate"));
                yield Optional.empty();
            }
            case SecretModel.Usable usable -> {
                host.ifPresent(h -> checkName(reference, usable, h, part));
                part.use(new Use.OfCertificate(key));
                ShardId id = ShardId.certificate(key.namespace(), key.name());
                part.shard(id);
                yield Optional.of(id);
            }
        };
    }

    private static void checkName(
            HostRules.CertificateRef reference, SecretModel.Usable usable, String host, Part part) {
        if (!covers(usable.names(), host)) {
            String names = usable.names().isEmpty() ? "no DNS name" : String.join(", ", usable.names());
            part.find(Finding.warning(
                    Reasons.HOST_NOT_IN_CERTIFICATE,
                    reference.field(),
                    "names the " + reference.secret() + ", whose certificate is for " + names + " and not for " + host
                            + "; clients will refuse it"));
        }
    }

    /** RFC 6125, 6.4.3: a wildcard stands for exactly one label, the first. */
    private static boolean covers(List<String> names, String host) {
        if (host.equals("*") || names.contains(host)) {
            return true;
        }
        int dot = host.indexOf('.');
        return dot > 0 && !host.startsWith("*") && names.contains("*" + host.substring(dot));
    }
}

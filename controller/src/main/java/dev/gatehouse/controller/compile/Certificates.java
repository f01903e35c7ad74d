package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.CertificateStatus;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.snapshot.ShardId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the certificate of a reference. A host without a usable one is still served, over HTTP and with the default one. */
final class Certificates {

    private static final String UNTIL_THEN = " Until then HTTPS is answered with the default certificate";

    private final Objects objects;
    private final KeptCertificates kept;
    private final Statuses statuses;

    Certificates(Objects objects, KeptCertificates kept, Statuses statuses) {
        this.objects = objects;
        this.kept = kept;
        this.statuses = statuses;
    }

    /** A certificate that can be served. */
    private record Found(HostRules.CertificateRef reference, SecretModel.Usable certificate) {

        ShardId shard() {
            return ShardId.certificate(
                    reference.secret().namespace(), reference.secret().name());
        }
    }

    /** The certificate that a fleet's default names. */
    Optional<ShardId> forFleet(HostRules.CertificateRef reference, Part part) {
        return find(reference, part).map(found -> use(found, part));
    }

    /**
     * The certificates that answer for a host: of those that one object names, the ones made out for it. If none is, all
     * are served, as the object asks for it, and a finding says that clients will refuse them.
     */
    List<ShardId> forHost(List<HostRules.CertificateRef> references, String host, Part part) {
        List<Found> usable = new ArrayList<>();
        for (HostRules.CertificateRef reference : references) {
            find(reference, part).ifPresent(usable::add);
        }
        List<Found> fitting = usable.stream()
                .filter(found -> covers(found.certificate.names(), host))
                .toList();
        if (fitting.isEmpty()) {
            usable.forEach(found -> part.mismatch(
                    new Mismatch(found.reference.field(), found.reference.secret(), found.certificate.names(), host)));
        }
        return (fitting.isEmpty() ? usable : fitting)
                .stream().map(found -> use(found, part)).toList();
    }

    private static ShardId use(Found found, Part part) {
        part.use(new Use.OfCertificate(found.reference.secret()));
        part.shard(found.shard());
        return found.shard();
    }

    private Optional<Found> find(HostRules.CertificateRef reference, Part part) {
        ObjectKey key = reference.secret();
        part.look(key);
        Optional<SecretModel> secret = objects.secret(key);
        Optional<SecretModel.Usable> servable = kept.servable(key, secret);
        String untilThen = servable.map(Certificates::untilThen).orElse(UNTIL_THEN);
        if (secret.isEmpty()) {
            part.find(Finding.error(
                    Reasons.SECRET_NOT_FOUND,
                    reference.field(),
                    "names the " + key + ", which does not exist; create it, or name one that does." + untilThen));
        } else if (secret.get().material() instanceof SecretModel.Unusable(String message)) {
            part.find(Finding.error(
                    Reasons.SECRET_UNUSABLE,
                    reference.field(),
                    "names the " + key + ", which " + message + "." + untilThen));
        } else {
            servable.stream()
                    .flatMap(usable -> usable.remarks().stream())
                    .forEach(remark -> part.find(Finding.warning(
                            remark.reason(), reference.field(), "names the " + key + ", which " + remark.message())));
        }
        servable.ifPresent(usable -> findRevoked(reference, usable, part));
        return servable.map(usable -> new Found(reference, usable));
    }

    private void findRevoked(HostRules.CertificateRef reference, SecretModel.Usable usable, Part part) {
        statuses.key(usable).ifPresent(part::look);
        if (statuses.of(usable).orElse(null) instanceof CertificateStatus.Revoked(Instant since)) {
            part.find(Finding.warning(
                    Reasons.CERTIFICATE_REVOKED,
                    reference.field(),
                    "names the " + reference.secret() + ", whose certificate was revoked at " + since
                            + ", as its issuer says. It is served, and clients that ask the issuer will refuse it: have a new one"
                            + " issued, with a new key"));
        }
    }

    private static String untilThen(SecretModel.Usable good) {
        return " Until then its last good certificate is served, which holds until " + good.notAfter();
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

package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.Digest;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The form in which the leader keeps what issuers say, for all replicas to read: a ConfigMap of the controller's namespace for
 * each certificate, named after its fingerprint.
 */
public final class StatusConfigMap {

    /** Before the fingerprint. */
    public static final String PREFIX = "gatehouse-ocsp-";

    private static final int FINGERPRINT = 40;
    private static final String RESPONSE = "response";
    private static final String THIS_UPDATE = "thisUpdate";
    private static final String NEXT_UPDATE = "nextUpdate";
    private static final String REVOKED = "revoked";

    private StatusConfigMap() {}

    /** @param leaf DER of the certificate */
    public static String name(ByteString leaf) {
        return PREFIX + Digest.of(leaf.toByteArray()).hex().substring(0, FINGERPRINT);
    }

    /** What is written as text. */
    public static Map<String, String> data(CertificateStatus status) {
        return switch (status) {
            case CertificateStatus.Good good ->
                Map.of(
                        THIS_UPDATE, good.thisUpdate().toString(),
                        NEXT_UPDATE, good.nextUpdate().toString());
            case CertificateStatus.Revoked(Instant since) -> Map.of(REVOKED, since.toString());
        };
    }

    /** What is written as octets, in base64. */
    public static Map<String, String> binaryData(CertificateStatus status) {
        return switch (status) {
            case CertificateStatus.Good good ->
                Map.of(
                        RESPONSE,
                        Base64.getEncoder().encodeToString(good.response().toByteArray()));
            case CertificateStatus.Revoked revoked -> Map.of();
        };
    }

    /** What stands in a ConfigMap; empty if it is another one, or cannot be read. */
    public static Optional<CertificateStatus> read(ConfigMap config) {
        Map<String, String> data = Objects.requireNonNullElse(config.getData(), Map.of());
        Map<String, String> binary = Objects.requireNonNullElse(config.getBinaryData(), Map.of());
        if (!config.getMetadata().getName().startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            if (data.containsKey(REVOKED)) {
                return Optional.of(new CertificateStatus.Revoked(Instant.parse(data.get(REVOKED))));
            }
            if (!data.containsKey(THIS_UPDATE) || !data.containsKey(NEXT_UPDATE) || !binary.containsKey(RESPONSE)) {
                return Optional.empty();
            }
            return Optional.of(new CertificateStatus.Good(
                    ByteString.copyFrom(Base64.getDecoder().decode(binary.get(RESPONSE))),
                    Instant.parse(data.get(THIS_UPDATE)),
                    Instant.parse(data.get(NEXT_UPDATE))));
        } catch (DateTimeException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Asks the API server who a token belongs to (authentication.k8s.io/v1 TokenReview). Tokens must be made for the audience
 * {@value #AUDIENCE}, so that one that leaks elsewhere is of no use here, and the other way round; for the ServiceAccount of
 * a fleet; and bound to a pod, so that they end with it.
 */
public final class TokenReviewer implements Authenticator {

    public static final String AUDIENCE = "gatehouse-controller";

    private static final String PREFIX = "system:serviceaccount:";
    private static final String POD_NAME = "authentication.kubernetes.io/pod-name";
    private static final String POD_UID = "authentication.kubernetes.io/pod-uid";

    private final Vertx vertx;
    private final KubernetesClient client;
    private final boolean outsideNodes;

    /** @param outsideNodes whether tokens that are bound to no pod are good too: those of data planes outside the cluster */
    public TokenReviewer(Vertx vertx, KubernetesClient client, boolean outsideNodes) {
        this.vertx = vertx;
        this.client = client;
        this.outsideNodes = outsideNodes;
    }

    @Override
    public Future<NodeIdentity> authenticate(String token) {
        return vertx.executeBlocking(() -> review(token), false).map(Objects::requireNonNull);
    }

    private NodeIdentity review(String token) {
        TokenReview review = client.resource(new TokenReviewBuilder()
                        .withNewSpec()
                        .withToken(token)
                        .withAudiences(AUDIENCE)
                        .endSpec()
                        .build())
                .create();
        TokenReviewStatus status = review.getStatus();
        if (!Boolean.TRUE.equals(status.getAuthenticated())) {
            throw new DeniedException("the API server does not accept the token: "
                    + Optional.ofNullable(status.getError()).orElse("no reason given"));
        }
        if (!Optional.ofNullable(status.getAudiences()).orElse(List.of()).contains(AUDIENCE)) {
            throw new DeniedException("the token is not for the audience " + AUDIENCE);
        }
        String user = status.getUser().getUsername();
        String[] parts =
                user.startsWith(PREFIX) ? user.substring(PREFIX.length()).split(":", 2) : new String[0];
        if (parts.length != 2) {
            throw new DeniedException("the token is of " + user + ", which is no ServiceAccount");
        }
        FleetKey fleet = NodeIdentity.fleetOf(parts[0], parts[1])
                .orElseThrow(
                        () -> new DeniedException("the token is of " + user + ", which is no fleet's ServiceAccount"));
        String pod = extra(status, POD_NAME);
        String uid = extra(status, POD_UID);
        if (!pod.isEmpty() && !uid.isEmpty()) {
            return new NodeIdentity(fleet, pod, uid);
        }
        if (!outsideNodes) {
            throw new DeniedException(
                    "the token of " + user + " is bound to no pod. If it is meant for a data plane outside"
                            + " the cluster: start the controller with --outside-nodes");
        }
        return new NodeIdentity(fleet, "", "");
    }

    private static String extra(TokenReviewStatus status, String key) {
        Map<String, List<String>> extra =
                Optional.ofNullable(status.getUser().getExtra()).orElse(Map.of());
        return extra.getOrDefault(key, List.of("")).getFirst();
    }
}

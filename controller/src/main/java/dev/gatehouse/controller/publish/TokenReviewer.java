package dev.gatehouse.controller.publish;

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
 * {@value #AUDIENCE}, so that one that leaks elsewhere is of no use here, and the other way round.
 */
public final class TokenReviewer implements Authenticator {

    public static final String AUDIENCE = "gatehouse-controller";

    private static final String PREFIX = "system:serviceaccount:";
    private static final String POD = "authentication.kubernetes.io/pod-name";

    private final Vertx vertx;
    private final KubernetesClient client;

    public TokenReviewer(Vertx vertx, KubernetesClient client) {
        this.vertx = vertx;
        this.client = client;
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
        Map<String, List<String>> extra =
                Optional.ofNullable(status.getUser().getExtra()).orElse(Map.of());
        return new NodeIdentity(
                parts[0], parts[1], extra.getOrDefault(POD, List.of("")).getFirst());
    }
}

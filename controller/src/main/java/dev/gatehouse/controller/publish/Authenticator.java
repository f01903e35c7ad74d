package dev.gatehouse.controller.publish;

import io.vertx.core.Future;

/** Tells who a node is by the token it presents. Called on event loops: it must not block. */
public interface Authenticator {

    /**
     * Checks a token. Of a node outside the cluster it does not tell the name.
     *
     * @return fails with {@link DeniedException} if the token is not good, with anything else if that cannot be known now
     */
    Future<NodeIdentity> authenticate(String token);

    /** The token is not good. The message is for the controller's log; the peer is told no more than that. */
    final class DeniedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public DeniedException(String message) {
            super(message);
        }
    }
}

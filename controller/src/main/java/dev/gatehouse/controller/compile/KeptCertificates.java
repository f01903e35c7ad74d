package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.SecretModel.Usable;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The last good certificates of Secrets that were deleted, or replaced by something that cannot be served, while hosts
 * referred to them. What is kept follows from what the compilation before referred to, and from the change alone
 * (docs/decisions/0009).
 */
final class KeptCertificates {

    private final Map<ObjectKey, Usable> kept = new HashMap<>();

    /**
     * A Secret changed.
     *
     * @param before the version before; empty if there was none
     * @param after the version now; empty if it is gone
     * @param referred whether any host referred to it when last compiled
     */
    void changed(ObjectKey key, Optional<SecretModel> before, Optional<SecretModel> after, boolean referred) {
        if (after.flatMap(KeptCertificates::usable).isPresent()) {
            kept.remove(key);
        } else if (referred) {
            before.flatMap(KeptCertificates::usable).ifPresent(good -> kept.put(key, good));
        }
    }

    /** Lets go of one. */
    void drop(ObjectKey key) {
        kept.remove(key);
    }

    /** Lets go of what nobody refers to any more. */
    void retain(Predicate<ObjectKey> referred) {
        kept.keySet().removeIf(key -> !referred.test(key));
    }

    /** What is to be served for a Secret: what it holds, else what it held last. */
    Optional<Usable> servable(ObjectKey key, Optional<SecretModel> secret) {
        return secret.flatMap(KeptCertificates::usable).or(() -> Optional.ofNullable(kept.get(key)));
    }

    /** The Secrets that are served in a version they no longer have. */
    Set<ObjectKey> keys() {
        return Set.copyOf(kept.keySet());
    }

    private static Optional<Usable> usable(SecretModel secret) {
        return secret.material() instanceof Usable usable ? Optional.of(usable) : Optional.empty();
    }
}

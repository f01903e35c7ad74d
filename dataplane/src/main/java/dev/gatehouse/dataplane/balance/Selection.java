package dev.gatehouse.dataplane.balance;

import java.util.Optional;

/**
 * What a pick among backends led to.
 *
 * @param upstream where to go, if {@code unavailable} is empty
 * @param unavailable reason code for which the request is answered 503; empty: the upstream can be asked
 * @param standIn where to go while the upstream has nobody who could take a request; empty: nowhere
 */
public record Selection(Upstream upstream, String unavailable, Optional<Selection> standIn) {

    public static Selection of(Upstream upstream) {
        return new Selection(upstream, "", Optional.empty());
    }

    /** @param reason code, never empty */
    public static Selection unavailable(String reason) {
        return new Selection(new Upstream(""), reason, Optional.empty());
    }

    /** The same with somebody who stands in for it. */
    Selection orElse(Selection other) {
        return new Selection(upstream, unavailable, Optional.of(other));
    }

    /** Itself, or who stands in for it now. Allocates nothing. */
    Selection now() {
        return standIn.isEmpty() || upstream.hasEndpoints() ? this : standIn.get();
    }
}

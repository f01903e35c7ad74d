package dev.gatehouse.dataplane.balance;

/**
 * What a pick among backends led to.
 *
 * @param upstream where to go, if {@code unavailable} is empty
 * @param unavailable reason code for which the request is answered 503; empty: the upstream can be asked
 */
public record Selection(Upstream upstream, String unavailable) {

    public static Selection of(Upstream upstream) {
        return new Selection(upstream, "");
    }

    /** @param reason code, never empty */
    public static Selection unavailable(String reason) {
        return new Selection(new Upstream(""), reason);
    }
}

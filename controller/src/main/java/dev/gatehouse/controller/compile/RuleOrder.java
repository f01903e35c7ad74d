package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.controller.model.Meta;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import java.util.Comparator;

/**
 * The order in which the rules of one host are tried; the first that matches takes the request. It is total, and the order
 * in which objects arrived has no part in it:
 *
 * <ol>
 *   <li>exact paths, then prefixes, then regular expressions;
 *   <li>among prefixes the longest first (as the Ingress API asks for);
 *   <li>more further conditions first: each header, query parameter and cookie counts one, the methods together one, the sources
 *       together one;
 *   <li>the older object first: by creationTimestamp, then namespace, name and kind;
 *   <li>within one object as it lists them.
 * </ol>
 */
final class RuleOrder {

    static final Comparator<Claim> ORDER = Comparator.<Claim, PathType>comparing(
                    claim -> claim.rule.match().type())
            .thenComparingInt(claim -> -prefixLength(claim))
            .thenComparingInt(claim -> -claim.rule.match().furtherConditions())
            .thenComparing(claim -> claim.route.meta(), Meta.BY_AGE)
            .thenComparingInt(Claim::position);

    private RuleOrder() {}

    private static int prefixLength(Claim claim) {
        return claim.rule.match().type() == PathType.PREFIX
                ? claim.rule.match().path().length()
                : 0;
    }

    /**
     * A rule of a route.
     *
     * @param position among the route's rules for the host
     */
    record Claim(RouteModel route, RuleModel rule, int position) {}
}

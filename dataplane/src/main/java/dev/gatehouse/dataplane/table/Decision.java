package dev.gatehouse.dataplane.table;

import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Trial;
import java.util.List;

/**
 * How a table comes to the rule that answers a request, step by step: what {@link RoutingTable#route} does, told.
 *
 * @param hosts that could decide, most specific first
 * @param trials of the rules of the host that decides, in match order; the first that matches is the winner
 * @param by what the winner was found
 * @param winner {@link RoutingTable#NO_ROUTE} if there is none
 */
public record Decision(List<Considered> hosts, List<Trial> trials, By by, CompiledRule winner) {

    /** What led to the rule that answers. */
    public enum By {
        /** It matched. */
        MATCH,
        /** No rule of the host matched: its default backend. */
        HOST_DEFAULT,
        /** Neither a rule nor a default backend of a host: the fleet's default backend. */
        FLEET_DEFAULT,
        NOTHING
    }

    /**
     * A host that could decide.
     *
     * @param name exact, {@code *.suffix} or {@code *}, as its shard has it
     * @param routes whether there is one that takes requests
     */
    public record Considered(String name, boolean routes) {}
}

package dev.gatehouse.dataplane.balance;

/**
 * How a rule chooses one of several endpoints that could all take its request. Immutable and thread-safe: what is to be
 * remembered is kept by the endpoints, and shared by all rules. Choosing allocates nothing.
 */
public sealed interface Policy {

    /** In turn, by weight. What a rule does that says nothing. */
    Policy ROUND_ROBIN = new RoundRobin();

    /**
     * The index of an endpoint that has not failed the caller yet; -1 if there is none.
     *
     * @param among at least one
     * @param ramp nanoseconds over which a new endpoint comes to its full share; 0: at once
     */
    int choose(Group among, Caller caller, long ramp);

    /** In turn, by weight. */
    record RoundRobin() implements Policy {
        @Override
        public int choose(Group among, Caller caller, long ramp) {
            return among.next(caller, ramp);
        }
    }

    /** By chance and weight: no state at all, so that many data planes do not fall into step. */
    record Random() implements Policy {
        @Override
        public int choose(Group among, Caller caller, long ramp) {
            return among.drawn(caller, ramp);
        }
    }

    /** The one with the fewest requests in progress for its weight. */
    record LeastRequest() implements Policy {
        @Override
        public int choose(Group among, Caller caller, long ramp) {
            return LeastLoaded.choose(among, caller, ramp, Load.REQUESTS);
        }
    }

    /** The one that is likely to answer first: by the {@link Latency} of its answers times what it has to do already. */
    record PeakEwma() implements Policy {
        @Override
        public int choose(Group among, Caller caller, long ramp) {
            return LeastLoaded.choose(among, caller, ramp, Load.LATENCY);
        }
    }

    /**
     * The same endpoint for the same key, as long as it is there. Requests without key are sent in turn.
     *
     * @param boundPercent of the average requests in progress that an endpoint may have before its keys spill over to the next
     *     in their order; 0: no bound
     */
    record ConsistentHash(int boundPercent) implements Policy {
        @Override
        public int choose(Group among, Caller caller, long ramp) {
            return caller.isKeyed()
                    ? Rendezvous.choose(among, caller, caller.key(), boundPercent)
                    : among.next(caller, ramp);
        }
    }
}

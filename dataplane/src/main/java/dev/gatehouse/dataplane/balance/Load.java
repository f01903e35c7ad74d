package dev.gatehouse.dataplane.balance;

/** What makes an endpoint a worse choice than another. */
enum Load {
    /** Requests in progress, for the endpoint's weight. */
    REQUESTS,
    /** How long it takes to answer, times the requests that would be before it and with it. */
    LATENCY;

    /** Stands for the latency of an endpoint that has been asked and has never answered: more than any that has. */
    private static final double UNKNOWN_MICROS = 1e12;

    double of(Group group, int i, long nowNanos) {
        Endpoint endpoint = group.endpoints[i];
        int requests = endpoint.requests();
        if (this == REQUESTS) {
            return group.equal ? requests : (double) requests / group.weights[i];
        }
        double micros = endpoint.latency().micros(nowNanos);
        if (micros == 0 && requests > 0) {
            return UNKNOWN_MICROS + requests;
        }
        return micros * (requests + 1);
    }
}

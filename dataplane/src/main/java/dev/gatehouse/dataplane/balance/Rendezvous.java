package dev.gatehouse.dataplane.balance;

/**
 * Consistent hashing by the highest random weight (Thaler and Ravishankar, 1998): every key has an order of all endpoints, and
 * goes to the first that can take it. An endpoint that comes takes its share and no more, one that goes leaves the others'
 * keys where they are, and shares are as even as chance allows: docs/decisions has the figures beside those of rings and of
 * Maglev. Pure, without state.
 */
final class Rendezvous {

    private static final double TO_UNIT = 0x1.0p-53;

    private Rendezvous() {}

    /**
     * The first in the key's order that has not failed the caller; -1 if there is none.
     *
     * @param boundPercent if not 0, one with more than this share of the average requests in progress is passed over
     *     (Mirrokni, Thorup and Zadimoghaddam, Consistent Hashing with Bounded Loads, 2018)
     */
    static int choose(Group among, Caller caller, long key, int boundPercent) {
        double perWeight = boundPercent == 0 ? 0 : bound(among, boundPercent);
        int best = -1;
        long highest = 0;
        double heaviest = 0;
        for (int i = 0; i < among.size(); i++) {
            Endpoint endpoint = among.endpoints[i];
            if (caller.hasTried(endpoint)
                    || (boundPercent != 0 && endpoint.requests() >= Math.ceil(perWeight * among.weights[i]))) {
                continue;
            }
            long hash = KeyHash.mix(key ^ among.seeds[i]);
            if (among.equal) {
                if (best < 0 || Long.compareUnsigned(hash, highest) > 0) {
                    best = i;
                    highest = hash;
                }
            } else {
                // The weighted form: -w / ln(u) is the highest with a chance in proportion to w.
                double height = -among.weights[i] / Math.log(((hash >>> 11) + 0.5) * TO_UNIT);
                if (best < 0 || height > heaviest) {
                    best = i;
                    heaviest = height;
                }
            }
        }
        // Loads change while they are looked at: if all seem to be full, the bound is what gives way.
        return best < 0 && boundPercent != 0 ? choose(among, caller, key, 0) : best;
    }

    /** How many requests an endpoint may have in progress for each unit of its weight, this one counted in. */
    private static double bound(Group among, int percent) {
        long requests = 1;
        for (Endpoint endpoint : among.endpoints) {
            requests += endpoint.requests();
        }
        return requests * (percent / 100.0) / among.weight;
    }
}

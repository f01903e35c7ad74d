package dev.gatehouse.dataplane.balance;

/**
 * The least loaded of all where there are few, otherwise the less loaded of two by chance, which is nearly as good and keeps
 * data planes from all running to the same endpoint (Mitzenmacher, The Power of Two Choices, 2001). Pure.
 */
final class LeastLoaded {

    /** Up to so many are all looked at. */
    static final int FEW = 8;

    private static final int DRAWS = 4;

    private LeastLoaded() {}

    static int choose(Group among, Caller caller, long ramp, Load load) {
        return among.size() <= FEW ? ofAll(among, caller, ramp, load) : ofTwo(among, caller, ramp, load);
    }

    /** Of equals each is as likely as its weight says. */
    private static int ofAll(Group among, Caller caller, long ramp, Load load) {
        int best = -1;
        double least = 0;
        long tied = 0;
        for (int i = 0; i < among.size(); i++) {
            if (!among.admits(i, caller, ramp)) {
                continue;
            }
            double its = load.of(among, i, caller.nowNanos());
            if (best < 0 || its < least) {
                best = i;
                least = its;
                tied = among.weights[i];
            } else if (its == least) {
                tied += among.weights[i];
                if (Math.unsignedMultiplyHigh(caller.random().nextLong(), tied) < among.weights[i]) {
                    best = i;
                }
            }
        }
        return best < 0 ? among.anyone(caller) : best;
    }

    private static int ofTwo(Group among, Caller caller, long ramp, Load load) {
        int one = among.drawn(caller, ramp);
        if (one < 0) {
            return one;
        }
        int other = one;
        for (int i = 0; i < DRAWS && other == one; i++) {
            other = among.drawn(caller, ramp);
        }
        return load.of(among, other, caller.nowNanos()) < load.of(among, one, caller.nowNanos()) ? other : one;
    }
}

package dev.gatehouse.bench;

import dev.gatehouse.dataplane.balance.Balancing;
import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.KeyHash;
import dev.gatehouse.dataplane.balance.Member;
import dev.gatehouse.dataplane.balance.Policy;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.balance.Upstream;
import java.net.InetSocketAddress;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.LongToIntFunction;
import java.util.stream.IntStream;

/**
 * What choosing an endpoint costs by each policy, and rendezvous hashing beside its alternatives, a ring and Maglev's table:
 * nanoseconds, how even shares are, and how many keys move when an endpoint comes. One thread; what it prints is a table.
 */
public final class Balancers {

    private static final int[] SIZES = {3, 10, 100, 1000};
    private static final int PICKS = 2_000_000;
    private static final int KEYS = 200_000;

    private Balancers() {}

    /** Runs both; takes half a minute. */
    public static void main(String... arguments) {
        Map<String, Policy> policies = new LinkedHashMap<>();
        policies.put("roundRobin", Policy.ROUND_ROBIN);
        policies.put("random", new Policy.Random());
        policies.put("leastRequest", new Policy.LeastRequest());
        policies.put("peakEwma", new Policy.PeakEwma());
        policies.put("consistentHash", new Policy.ConsistentHash(0));
        policies.put("consistentHash, bounded", new Policy.ConsistentHash(125));
        System.out.println("ns per pick             " + header());
        policies.forEach((name, policy) -> {
            StringBuilder line = new StringBuilder("%-24s".formatted(name));
            for (int size : SIZES) {
                Upstream upstream = upstream(size);
                Balancing how = new Balancing(policy, 0, false);
                Caller caller = new Caller(new SplittableRandom(1));
                long nanos = Long.MAX_VALUE;
                for (int round = 0; round < 4; round++) {
                    nanos = Math.min(nanos, time(upstream, how, caller));
                }
                line.append("%10.1f".formatted((double) nanos / PICKS));
            }
            System.out.println(line);
        });
        hashes("rendezvous", Balancers::rendezvous);
        hashes("ring, 160 points each", Balancers::ring);
        hashes("Maglev, 65537 places", Balancers::maglev);
    }

    private static String header() {
        StringBuilder header = new StringBuilder();
        for (int size : SIZES) {
            header.append("%10d".formatted(size));
        }
        return header.toString();
    }

    private static Upstream upstream(int size) {
        Upstream upstream = new Upstream("upstream/bench/svc/80");
        upstream.replace(
                Transport.PLAIN,
                IntStream.range(0, size)
                        .mapToObj(i -> Member.of(new InetSocketAddress("10.0." + i / 250 + "." + i % 250, 80)))
                        .toList(),
                List.of());
        return upstream;
    }

    private static long time(Upstream upstream, Balancing how, Caller caller) {
        long start = System.nanoTime();
        Endpoint last = Endpoint.NONE;
        for (int i = 0; i < PICKS; i++) {
            caller.reset(start + i);
            caller.key(KeyHash.mix(i));
            last = upstream.pick(how, caller);
        }
        if (last.equals(Endpoint.NONE)) {
            throw new IllegalStateException("nobody was picked");
        }
        return System.nanoTime() - start;
    }

    private static void hashes(String name, IntFunction<LongToIntFunction> made) {
        for (int size : SIZES) {
            long begin = System.nanoTime();
            LongToIntFunction before = made.apply(size);
            long built = System.nanoTime() - begin;
            LongToIntFunction after = made.apply(size + 1);
            int[] shares = new int[size];
            int moved = 0;
            for (int i = 0; i < KEYS; i++) {
                long key = KeyHash.mix(i);
                int place = before.applyAsInt(key);
                shares[place]++;
                moved += after.applyAsInt(key) == place ? 0 : 1;
            }
            int sum = 0;
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 6; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < KEYS; i++) {
                    sum += before.applyAsInt(KeyHash.mix(i));
                }
                best = Math.min(best, System.nanoTime() - start);
            }
            System.out.printf(
                    "%-22s %5d endpoints: %7.1f ns, fullest %.2f of the average, moved %.2f of the least possible, built in %d us (%d)%n",
                    name,
                    size,
                    (double) best / KEYS,
                    IntStream.of(shares).max().orElseThrow() * (double) size / KEYS,
                    moved * (size + 1.0) / KEYS,
                    built / 1000,
                    sum & 1);
        }
    }

    private static LongToIntFunction rendezvous(int size) {
        Upstream upstream = upstream(size);
        Balancing how = new Balancing(new Policy.ConsistentHash(0), 0, false);
        Caller caller = new Caller(new SplittableRandom(1));
        IdentityHashMap<Endpoint, Integer> numbers = new IdentityHashMap<>();
        upstream.endpoints().forEach(endpoint -> numbers.put(endpoint, numbers.size()));
        return key -> {
            caller.reset(0);
            caller.key(key);
            return numbers.getOrDefault(upstream.pick(how, caller), -1);
        };
    }

    private static LongToIntFunction ring(int size) {
        int points = size * 160;
        long[] sorted = IntStream.range(0, points)
                .mapToLong(i -> (KeyHash.mix(i % size * 1_000_003L + i / size) & ~0x3ffL) | (i % size))
                .sorted()
                .toArray();
        return key -> {
            int found = java.util.Arrays.binarySearch(sorted, key);
            int at = found < 0 ? -found - 1 : found;
            return (int) (sorted[at == points ? 0 : at] & 0x3ff) % size;
        };
    }

    /** Eisenbud and others, Maglev (NSDI 2016), 3.4. */
    private static LongToIntFunction maglev(int size) {
        int places = 65_537;
        int[] table = new int[places];
        java.util.Arrays.fill(table, -1);
        long[] offset = new long[size];
        long[] skip = new long[size];
        long[] next = new long[size];
        for (int i = 0; i < size; i++) {
            offset[i] = Long.remainderUnsigned(KeyHash.mix(i + 1L), places);
            skip[i] = Long.remainderUnsigned(KeyHash.mix(~(long) i), places - 1) + 1;
        }
        for (int filled = 0; filled < places; ) {
            for (int i = 0; i < size && filled < places; i++) {
                int place;
                do {
                    place = (int) ((offset[i] + skip[i] * next[i]++) % places);
                } while (table[place] >= 0);
                table[place] = i;
                filled++;
            }
        }
        return key -> table[(int) Long.remainderUnsigned(key, places)];
    }
}

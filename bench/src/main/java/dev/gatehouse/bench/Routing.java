package dev.gatehouse.bench;

import com.sun.management.ThreadMXBean;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.Tables;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures how long it takes to find the rule of a request among 10,000 hosts with 20 rules each: prefixes alone, and with every
 * other rule asking for a header, a cookie, a query parameter and a network besides.
 *
 * <p>As in the proxy, the bytes of a request are at hand when it is routed, for they have just been parsed (and so are those of 64
 * here before the clock runs); what is looked up for them in the table is, most likely, not: 8,192 different requests take turns.
 * Each begins when the rule of the one before has been looked at, so that no two wait for memory together, as they would not
 * among the other work of a request. What it takes if all requests are for one host is measured only to tell computing from
 * waiting.
 */
public final class Routing {

    private static final int HOSTS = 10_000;
    private static final int RULES = 20;
    private static final int REQUESTS = 8_192; // to so many places in the table: more than caches hold of it
    private static final int BATCH = 64; // heads that have just been parsed, as the one that is routed always has been
    private static final int BATCHES = 10_000;
    private static final int ROUNDS = 7;
    private static final HeadLimits LIMITS = new HeadLimits(8_192, 100, 4_096);
    private static final Provenance CLIENT =
            new Provenance(new InetSocketAddress("10.1.2.3", 4711), List.of(), "", 80, 0);

    private Routing() {}

    public static void main(String[] args) {
        for (boolean conditions : new boolean[] {false, true}) {
            RoutingTable table = table(conditions);
            for (Popularity popularity : Popularity.values()) {
                measure(table, conditions ? "prefixes and conditions" : "prefixes", popularity);
            }
        }
    }

    /** Which hosts requests are for. */
    private enum Popularity {
        /** The second most popular half as often as the first, the third a third, and so on (Zipf's law), as in most traffic. */
        AS_IN_TRAFFIC,
        /** All alike, so that hardly anything that a request needs is in a cache: the worst case. */
        ALL_ALIKE,
        /** Everything is in the nearest caches: what is left is computing, and no host of anybody's. */
        ONLY_ONE
    }

    private static void measure(RoutingTable table, String name, Popularity popularity) {
        List<byte[]> requests = requests(popularity);
        List<RequestHead> heads = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            heads.add(new RequestHead());
        }
        double[] nanos = new double[ROUNDS];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        long found = 0;
        for (int round = -3; round < ROUNDS; round++) { // the first three warm up
            long spent = 0;
            for (int batch = 0; batch < BATCHES; batch++) {
                parse(requests, batch * BATCH, heads);
                long bytes = threads.getCurrentThreadAllocatedBytes();
                long begin = System.nanoTime();
                for (int i = 0; i < BATCH; i++) {
                    CompiledRule rule = table.route(heads.get(i));
                    found += rule == RoutingTable.NO_ROUTE ? 0 : 1;
                    i += (int) rule.maxBodyBytes(); // none: which head is next is known when the rule is there
                }
                spent += System.nanoTime() - begin;
                allocated += round < 0 ? 0 : threads.getCurrentThreadAllocatedBytes() - bytes;
            }
            if (round >= 0) {
                nanos[round] = (double) spent / (BATCHES * BATCH);
            }
        }
        if (found != (long) BATCHES * BATCH * (ROUNDS + 3)) {
            throw new IllegalStateException("not every request found a rule");
        }
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "match by %s, hosts %s: %.0f ns (%.0f - %.0f), %.3f bytes allocated%n",
                name,
                popularity.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                nanos[ROUNDS / 2],
                nanos[0],
                nanos[ROUNDS - 1],
                (double) allocated / ((long) BATCHES * BATCH * ROUNDS));
    }

    private static RoutingTable table(boolean conditions) {
        List<Shard> shards = new ArrayList<>();
        for (int h = 0; h < HOSTS; h++) {
            Host.Builder host = Host.newBuilder().setName("shop" + h + ".example.com");
            for (int r = RULES - 1; r > 0; r--) {
                host.addRules(rule(h, r, conditions && r % 2 == 0));
            }
            host.addRules(
                    Rule.newBuilder().setId(h + "/").setMatch(Match.newBuilder().setPrefix("/")));
            shards.add(Shard.of(
                    ShardId.host(host.getName()),
                    ShardBody.newBuilder().setHost(host).build()));
        }
        Snapshot snapshot = Snapshot.of(shards);
        Tables tables = new Tables();
        new SnapshotReceiver(tables, BackendTls.maker()).apply(snapshot.sorted(), List.of(), snapshot.root());
        return tables.current();
    }

    private static Rule rule(int host, int number, boolean conditions) {
        Match.Builder match = Match.newBuilder().setPrefix("/api/v" + number);
        if (conditions) {
            match.addHeaders(ValueMatch.newBuilder().setName("x-tier").setExact("gold"))
                    .addCookies(ValueMatch.newBuilder().setName("beta").setExact("1"))
                    .addQueryParams(ValueMatch.newBuilder().setName("version").setExact("2"))
                    .addSources("10.0.0.0/8");
        }
        return Rule.newBuilder().setId(host + "/" + number).setMatch(match).build();
    }

    private static void parse(List<byte[]> requests, int from, List<RequestHead> heads) {
        for (int i = 0; i < BATCH; i++) {
            byte[] bytes = requests.get((from + i) & (REQUESTS - 1));
            RequestHead head = heads.get(i);
            head.reset(0);
            if (head.parse(bytes, bytes.length, LIMITS) != bytes.length) {
                throw new IllegalStateException("a head that does not parse");
            }
            head.receivedFrom(CLIENT);
        }
    }

    private static int host(double[] upTo, Random random) {
        int found = Arrays.binarySearch(upTo, random.nextDouble() * upTo[HOSTS - 1]);
        return Math.min(HOSTS - 1, found < 0 ? -found - 1 : found);
    }

    private static List<byte[]> requests(Popularity popularity) {
        Random random = new Random(1);
        double[] upTo = new double[HOSTS];
        for (int h = 0; h < HOSTS; h++) {
            double share = switch (popularity) {
                case AS_IN_TRAFFIC -> 1.0 / (h + 1);
                case ALL_ALIKE -> 1;
                case ONLY_ONE -> h == 0 ? 1 : 0;
            };
            upTo[h] = (h == 0 ? 0 : upTo[h - 1]) + share;
        }
        List<byte[]> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(
                    ("GET /api/v" + random.nextInt(RULES) + "/items/" + i + "?page=1&version=2 HTTP/1.1\r\nHost: shop"
                                    + host(upTo, random)
                                    + ".example.com\r\nUser-Agent: bench\r\nAccept: */*\r\nCookie: session=0123456789abcdef; beta=1\r\n"
                                    + "X-Tier: gold\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
        }
        return requests;
    }
}

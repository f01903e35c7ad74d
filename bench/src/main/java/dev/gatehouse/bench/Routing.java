package dev.gatehouse.bench;

import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.RequestHead;
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
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures how long it takes to find the rule of a request among 10,000 hosts with 20 rules each: prefixes alone, and with every
 * other rule asking for a header, a cookie, a query parameter and a network besides. Heads are parsed before.
 */
public final class Routing {

    private static final int HOSTS = 10_000;
    private static final int RULES = 20;
    private static final int HEADS = 8_192; // more than caches hold of the table
    private static final int CALLS = 5_000_000;
    private static final int ROUNDS = 7;

    private Routing() {}

    public static void main(String[] args) {
        measure("prefixes", false);
        measure("prefixes and conditions", true);
    }

    private static void measure(String name, boolean conditions) {
        RoutingTable table = table(conditions);
        List<RequestHead> heads = heads();
        double[] nanos = new double[ROUNDS];
        int found = 0;
        for (int round = -3; round < ROUNDS; round++) { // the first three warm up
            long begin = System.nanoTime();
            for (int i = 0; i < CALLS; i++) {
                found += table.route(heads.get(i & (HEADS - 1))) == RoutingTable.NO_ROUTE ? 0 : 1;
            }
            if (round >= 0) {
                nanos[round] = (double) (System.nanoTime() - begin) / CALLS;
            }
        }
        if (found != CALLS * (ROUNDS + 3)) {
            throw new IllegalStateException("not every request found a rule");
        }
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT, "%s: %.0f ns (%.0f - %.0f)%n", name, nanos[ROUNDS / 2], nanos[0], nanos[ROUNDS - 1]);
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

    private static List<RequestHead> heads() {
        Random random = new Random(1);
        InetSocketAddress client = new InetSocketAddress("10.1.2.3", 4711);
        var provenance = new Provenance(client, List.of(), "", 80, 0);
        List<RequestHead> heads = new ArrayList<>();
        for (int i = 0; i < HEADS; i++) {
            byte[] bytes = ("GET /api/v" + random.nextInt(RULES) + "/items/" + i
                            + "?page=1&version=2 HTTP/1.1\r\nHost: shop"
                            + random.nextInt(HOSTS)
                            + ".example.com\r\nUser-Agent: bench\r\nAccept: */*\r\nCookie: session=0123456789abcdef; beta=1\r\n"
                            + "X-Tier: gold\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            RequestHead head = new RequestHead();
            head.reset(0);
            if (head.parse(bytes, bytes.length, new HeadLimits(8_192, 100, 4_096)) != bytes.length) {
                throw new IllegalStateException("a head that does not parse");
            }
            head.receivedFrom(provenance);
            heads.add(head);
        }
        return heads;
    }
}

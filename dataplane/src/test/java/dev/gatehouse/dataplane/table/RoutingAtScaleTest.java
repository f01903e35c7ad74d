package dev.gatehouse.dataplane.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gatehouse.dataplane.control.SnapshotReceiver;
import dev.gatehouse.dataplane.forward.tls.BackendTls;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.snapshot.Snapshot;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.ToIntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Ten thousand hosts: what answers is what the documented order says, and finding it leaves no garbage. */
class RoutingAtScaleTest {

    private static final ManyHosts HOSTS = ManyHosts.of(7);
    private static final RoutingTable TABLE = table(HOSTS.snapshot());
    private static final int CALLS = 300_000;

    private static RoutingTable table(Snapshot snapshot) {
        Tables tables = new Tables();
        var result =
                new SnapshotReceiver(tables, BackendTls.maker()).apply(snapshot.sorted(), List.of(), snapshot.root());
        assertThat(result.error()).isEmpty();
        assertThat(result.refused()).isEmpty();
        return tables.current();
    }

    /** A request as a client may send it: any case, with or without a port. */
    private record Asked(String method, String authority, String path, Optional<String> tier) {

        static Asked any(Random random) {
            String name = ManyHosts.hostName(random.nextInt(ManyHosts.COUNT));
            String host = name.replace("*", List.of("a", "b", "b.c").get(random.nextInt(3)));
            String cased = random.nextInt(3) == 0 ? host.toUpperCase(Locale.ROOT) : host;
            return new Asked(
                    random.nextBoolean() ? "GET" : "POST",
                    random.nextInt(3) == 0 ? cased + ":8443" : cased,
                    ManyHosts.path(random),
                    Optional.of(List.of("gold", "tin", ""))
                            .map(all -> all.get(random.nextInt(3)))
                            .filter(tier -> !tier.isEmpty()));
        }

        String expected() {
            return HOSTS.answer(method, authority, path, tier);
        }

        RequestHead head() {
            byte[] bytes = (method + " " + path + "?q=1"
                            + tier.map(value -> "&tier=" + value).orElse("")
                            + " HTTP/1.1\r\nHost: " + authority + "\r\n"
                            + tier.map(value -> "Tier: " + value + "\r\nCookie: a=b; tier=" + value + "\r\n")
                                    .orElse("") + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            RequestHead head = new RequestHead();
            head.reset(0);
            assertThat(head.parse(bytes, bytes.length, new HeadLimits(8_192, 100, 4_096)))
                    .isEqualTo(bytes.length);
            return head;
        }
    }

    @Property(tries = 200)
    void amongTenThousandHostsTheRuleOfTheDocumentedOrderAnswers(@ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            Asked asked = Asked.any(random);
            assertThat(TABLE.route(asked.head()).id()).as("%s", asked).isEqualTo(asked.expected());
        }
    }

    @Test
    void routingLeavesNoGarbage() {
        List<RequestHead> heads = withoutExpressions();
        assertThat(allocatedBytes(heads, head -> TABLE.route(head).id().length()))
                .isLessThan(CALLS / 100);
    }

    @Test
    void theMeasureSeesGarbageWhereThereIsSome() {
        List<RequestHead> heads = withoutExpressions();
        assertThat(allocatedBytes(
                        heads,
                        head -> new String(
                                        head.bytes(), head.pathStart(), head.pathLength(), StandardCharsets.ISO_8859_1)
                                .hashCode()))
                .isGreaterThan(CALLS);
    }

    /** A regular expression works on a String, which is made when one is tried: answers that come before any. */
    private static List<RequestHead> withoutExpressions() {
        Random random = new Random(11);
        List<RequestHead> heads = new ArrayList<>();
        while (heads.size() < 1_000) {
            Asked asked = Asked.any(random);
            boolean expression = HOSTS.isExpression(asked.expected());
            if (!asked.expected().isEmpty() && !expression) {
                heads.add(asked.head());
            }
        }
        return heads;
    }

    private static long allocatedBytes(List<RequestHead> heads, ToIntFunction<RequestHead> call) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int sum = run(heads, call); // loads and links what is used
        long before = threads.getCurrentThreadAllocatedBytes();
        sum -= run(heads, call);
        long after = threads.getCurrentThreadAllocatedBytes();
        assertThat(sum).as("both rounds gave the same answers").isZero();
        return after - before;
    }

    private static int run(List<RequestHead> heads, ToIntFunction<RequestHead> call) {
        int sum = 0;
        for (int i = 0; i < CALLS; i++) {
            sum += call.applyAsInt(heads.get(i % heads.size()));
        }
        return sum;
    }
}

package dev.gatehouse.dataplane.balance;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** An upstream whose endpoints are known by number, and a caller whose chance is the same every time. */
final class Crowd {

    static final long SECOND = 1_000_000_000L;

    private final Upstream upstream;
    private final Caller caller = new Caller(new SplittableRandom(42));
    private final List<Member> ready = new ArrayList<>();
    private List<Member> terminating = List.of();
    private long nowNanos = 1000 * SECOND;

    Crowd(String zone) {
        upstream = new Upstream("upstream/shop/svc/80", zone, () -> nowNanos);
    }

    static Crowd of(int count) {
        return new Crowd("")
                .add(IntStream.range(0, count).mapToObj(Crowd::member).toArray(Member[]::new));
    }

    static Crowd weights(int... weights) {
        return new Crowd("")
                .add(IntStream.range(0, weights.length)
                        .mapToObj(i -> new Member(address(i), weights[i], "", List.of()))
                        .toArray(Member[]::new));
    }

    static InetSocketAddress address(int number) {
        return new InetSocketAddress("10.0." + number / 250 + "." + (1 + number % 250), 8080);
    }

    static Member member(int number) {
        return Member.of(address(number));
    }

    Crowd add(Member... members) {
        ready.addAll(List.of(members));
        return place();
    }

    Crowd remove(int number) {
        ready.removeIf(member -> member.address().equals(address(number)));
        return place();
    }

    /** One that was ready goes away, and still serves. */
    Crowd terminate(int number) {
        terminating = ready.stream()
                .filter(member -> member.address().equals(address(number)))
                .toList();
        return remove(number);
    }

    Crowd gone() {
        terminating = List.of();
        return place();
    }

    private Crowd place() {
        upstream.replace(Transport.PLAIN, List.copyOf(ready), terminating);
        return this;
    }

    Upstream upstream() {
        return upstream;
    }

    Endpoint endpoint(int number) {
        return upstream.endpoints().stream()
                .filter(endpoint -> endpoint.address().equals(address(number)))
                .findFirst()
                .orElseThrow();
    }

    Crowd pass(long nanos) {
        nowNanos += nanos;
        return this;
    }

    long nowNanos() {
        return nowNanos;
    }

    /** A new request of nobody in particular. */
    Caller caller() {
        caller.reset(nowNanos);
        return caller;
    }

    /** A new request with a key. */
    Caller caller(long key) {
        caller().key(KeyHash.mix(key));
        return caller;
    }

    int pick(Balancing how) {
        return number(upstream.pick(how, caller()));
    }

    int pick(Balancing how, long key) {
        return number(upstream.pick(how, caller(key)));
    }

    static int number(Endpoint endpoint) {
        byte[] bytes = endpoint.address().getAddress().getAddress();
        return (bytes[2] & 0xff) * 250 + (bytes[3] & 0xff) - 1;
    }

    /** How often each is picked for requests that end at once. */
    Map<Integer, Integer> picks(Balancing how, int times) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            counts.merge(pick(how), 1, Integer::sum);
        }
        return counts;
    }

    /** The endpoint of each of so many keys. */
    Map<Long, Integer> places(Balancing how, long keys) {
        Map<Long, Integer> places = new HashMap<>();
        for (long key = 0; key < keys; key++) {
            places.put(key, pick(how, key));
        }
        return places;
    }
}

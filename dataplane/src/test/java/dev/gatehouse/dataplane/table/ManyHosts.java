package dev.gatehouse.dataplane.table;

import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Ten thousand hosts, exact ones and wildcards, some with few rules and some with many. Answers by the documented order:
 * among all rules that match, the one with the exact path, else the longest prefix, else a regular expression; then the one
 * with more conditions; then the older. It never looks at where a rule stands in a list.
 *
 * @param rules by host
 */
record ManyHosts(Map<String, List<Claim>> rules) {

    static final int COUNT = 10_000;

    private static final List<String> PATHS =
            List.of("/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/b", "/b/a", "/c/d/e/f", "/a/bc");
    private static final List<String> EXPRESSIONS = List.of("/a/.*", "/[bc].*", "/z+");

    /** In order of precedence. */
    enum Kind {
        EXACT,
        PREFIX,
        REGEX
    }

    /** What an object asks for, as a person would write it down. */
    record Claim(String id, Kind kind, String path, Optional<String> method, Optional<String> tier, int age) {

        boolean holds(String requestMethod, String requestPath, Optional<String> requestTier) {
            return switch (kind) {
                        case EXACT -> requestPath.equals(path);
                        case PREFIX -> (requestPath + "/").startsWith(path.endsWith("/") ? path : path + "/");
                        case REGEX -> requestPath.matches(path);
                    }
                    && method.map(requestMethod::equals).orElse(true)
                    && tier.map(wanted -> requestTier.equals(Optional.of(wanted)))
                            .orElse(true);
        }

        int conditions() {
            return (method.isPresent() ? 1 : 0) + (tier.isPresent() ? 1 : 0);
        }

        /** Element by element: a slash at the end adds none. */
        int prefixLength() {
            return kind != Kind.PREFIX ? 0 : path.endsWith("/") ? path.length() - 1 : path.length();
        }

        Rule rule() {
            Match.Builder match = Match.newBuilder();
            switch (kind) {
                case EXACT -> match.setExact(path);
                case PREFIX -> match.setPrefix(path);
                case REGEX -> match.setRegex(path);
            }
            method.ifPresent(match::addMethods);
            tier.ifPresent(value -> {
                ValueMatch.Builder condition =
                        ValueMatch.newBuilder().setName("tier").setExact(value);
                switch (age % 3) { // a request has it in all three places
                    case 0 -> match.addHeaders(condition);
                    case 1 -> match.addQueryParams(condition);
                    default -> match.addCookies(condition);
                }
            });
            return Rule.newBuilder().setId(id).setMatch(match).build();
        }
    }

    private static final Comparator<Claim> ORDER = Comparator.comparing(Claim::kind)
            .thenComparing(Comparator.comparingInt(Claim::prefixLength).reversed())
            .thenComparing(Comparator.comparingInt(Claim::conditions).reversed())
            .thenComparing(Comparator.comparingInt(Claim::age).reversed());

    /** @param seed the same one makes the same hosts */
    static ManyHosts of(long seed) {
        Random random = new Random(seed);
        Map<String, List<Claim>> all = HashMap.newHashMap(COUNT);
        for (int i = 0; i < COUNT; i++) {
            String name = hostName(i);
            List<Claim> claims = new ArrayList<>();
            for (int age = random.nextInt(i % 4 == 0 ? 25 : 6); age > 0; age--) {
                claims.add(claim(name + "#" + age, age, random));
            }
            all.put(name, claims);
        }
        return new ManyHosts(all);
    }

    /** Every tenth is a wildcard; the one behind it is an exact name that the wildcard covers too. */
    static String hostName(int i) {
        return switch (i % 10) {
            case 0 -> "*.w" + i + ".example.com";
            case 1 -> "a.w" + (i - 1) + ".example.com";
            default -> "h" + i + ".example.com";
        };
    }

    private static Claim claim(String id, int age, Random random) {
        Kind kind = List.of(Kind.EXACT, Kind.PREFIX, Kind.PREFIX, Kind.REGEX).get(random.nextInt(4));
        List<String> from = kind == Kind.REGEX ? EXPRESSIONS : PATHS;
        return new Claim(
                id,
                kind,
                from.get(random.nextInt(from.size())),
                random.nextInt(4) == 0 ? Optional.of(random.nextBoolean() ? "GET" : "POST") : Optional.empty(),
                random.nextInt(3) == 0 ? Optional.of(random.nextBoolean() ? "gold" : "tin") : Optional.empty(),
                age);
    }

    static String path(Random random) {
        return PATHS.get(random.nextInt(PATHS.size()))
                + List.of("", "", "/x", "/zz").get(random.nextInt(4));
    }

    /** As the controller sends it: each host's rules in match order. */
    Snapshot snapshot() {
        List<Shard> shards = new ArrayList<>();
        rules.forEach((name, claims) -> {
            Host.Builder host = Host.newBuilder().setName(name);
            claims.stream().sorted(ORDER).forEach(claim -> host.addRules(claim.rule()));
            shards.add(Shard.of(
                    ShardId.host(name), ShardBody.newBuilder().setHost(host).build()));
        });
        return Snapshot.of(shards);
    }

    /**
     * The id of the rule that answers; empty if none does.
     *
     * @param authority as the client sent it
     */
    String answer(String method, String authority, String path, Optional<String> tier) {
        String host = authority.replaceFirst(":[0-9]+$", "").toLowerCase(Locale.ROOT);
        String wildcard = "*" + host.substring(Math.max(0, host.indexOf('.')));
        List<Claim> own = rules.getOrDefault(host, List.of());
        return (own.isEmpty() ? rules.getOrDefault(wildcard, List.of()) : own)
                .stream()
                        .filter(claim -> claim.holds(method, path, tier))
                        .min(ORDER)
                        .map(Claim::id)
                        .orElse("");
    }

    /** Whether a rule's path is a regular expression. */
    boolean isExpression(String id) {
        String host = id.substring(0, Math.max(0, id.indexOf('#')));
        return rules.getOrDefault(host, List.of()).stream()
                .anyMatch(claim -> claim.id().equals(id) && claim.kind() == Kind.REGEX);
    }
}

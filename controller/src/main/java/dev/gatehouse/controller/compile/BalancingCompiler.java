package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.BalancingModel;
import dev.gatehouse.controller.model.RequestKey;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.controller.model.SplitModel;
import dev.gatehouse.controller.model.StickyModel;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Balancing;
import dev.gatehouse.snapshot.proto.HashKey;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Split;
import dev.gatehouse.snapshot.proto.StickyCookie;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Makes the wire form of how a rule chooses endpoints. */
final class BalancingCompiler {

    private BalancingCompiler() {}

    /**
     * Empty for a rule that sends requests in turn, which every node can.
     *
     * @param model the rule's own, or that of its policies
     */
    static Optional<Balancing> compile(RuleModel rule, BalancingModel model, Set<String> features) {
        if (model.equals(BalancingModel.PLAIN)) {
            return Optional.empty();
        }
        features.add(Features.BALANCE_POLICIES);
        Balancing.Builder balancing = Balancing.newBuilder()
                .setPolicy(
                        switch (model.policy()) {
                            case ROUND_ROBIN -> Balancing.Policy.ROUND_ROBIN;
                            case LEAST_REQUEST -> Balancing.Policy.LEAST_REQUEST;
                            case PEAK_EWMA -> Balancing.Policy.PEAK_EWMA;
                            case RANDOM -> Balancing.Policy.RANDOM;
                            case CONSISTENT_HASH -> Balancing.Policy.CONSISTENT_HASH;
                        })
                .setHashBoundPercent(model.hashBoundPercent())
                .setZoneAware(model.zoneAware())
                .setSlowStartMs(model.slowStartMs());
        model.hash().ifPresent(key -> balancing.setHash(key(key)));
        model.sticky().ifPresent(cookie -> {
            features.add(Features.BALANCE_STICKY);
            balancing.setStickyCookie(cookie(cookie, cookie.name().isEmpty() ? name(rule) : cookie.name()));
        });
        return Optional.of(balancing.build());
    }

    /**
     * The same for all rules that lead to a Service first, so that a client has one endpoint of it, and another one for others, for
     * they all share the path {@code /}. Says nothing of the Service's name to the outside.
     */
    private static String name(RuleModel rule) {
        String service = rule.backends()
                .getFirst()
                .named()
                .map(backend -> backend.service() + " " + backend.port())
                .orElse(rule.id());
        return "gatehouse-"
                + Digest.of(service.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
    }

    private static StickyCookie cookie(StickyModel model, String name) {
        return StickyCookie.newBuilder()
                .setName(name)
                .setPath(model.path())
                .setMaxAgeSeconds(model.maxAgeSeconds())
                .setSameSite(
                        switch (model.sameSite()) {
                            case LAX -> StickyCookie.SameSite.LAX;
                            case STRICT -> StickyCookie.SameSite.STRICT;
                            case NONE -> StickyCookie.SameSite.NONE;
                        })
                .setSecure(model.secure()
                        .map(always -> always ? StickyCookie.Secure.ALWAYS : StickyCookie.Secure.NEVER)
                        .orElse(StickyCookie.Secure.AS_THE_CLIENT))
                .setReadableByScripts(!model.httpOnly())
                .build();
    }

    /** Makes the wire form of an experiment, and names its variants. */
    static void split(SplitModel model, Rule.Builder rule, Set<String> features) {
        features.add(Features.SPLIT);
        Split.Builder split = Split.newBuilder()
                .setName(model.name())
                .setHeader(model.header())
                .setForceHeader(model.forceHeader())
                .setForceCookie(model.forceCookie());
        model.by().ifPresent(key -> split.setBy(key(key)));
        model.visitor().ifPresent(cookie -> split.setVisitor(cookie(cookie, cookie.name())));
        rule.setSplit(split);
        for (int i = 0; i < model.variants().size(); i++) {
            rule.getBackendsBuilder(i).setVariant(model.variants().get(i));
        }
    }

    private static HashKey key(RequestKey key) {
        HashKey.Builder hash = HashKey.newBuilder();
        switch (key) {
            case RequestKey.Header(String name) -> hash.setHeader(name);
            case RequestKey.Cookie(String name) -> hash.setCookie(name);
            case RequestKey.Source() -> hash.setSource(true);
            case RequestKey.Path() -> hash.setPath(true);
        }
        return hash.build();
    }
}

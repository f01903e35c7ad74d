package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.BackendModel;
import dev.gatehouse.controller.model.MatchModel;
import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.controller.model.MatchModel.ValueCondition;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.Match;
import dev.gatehouse.snapshot.proto.Rule;
import dev.gatehouse.snapshot.proto.Source;
import dev.gatehouse.snapshot.proto.ValueMatch;
import java.util.Set;
import java.util.TreeSet;

/** Makes the wire form of one rule. */
final class RuleCompiler {

    private final Backends backends;
    private final Policies policies;
    private final FilterCompiler filters;

    RuleCompiler(Backends backends, Policies policies) {
        this.backends = backends;
        this.policies = policies;
        this.filters = new FilterCompiler(backends);
    }

    /** @param terms of the host that the rule is for */
    Rule compile(RouteModel route, RuleModel rule, HostTerms terms, Part part) {
        ObjectKey key = route.key();
        TreeSet<String> features = new TreeSet<>();
        Policies.Effective effective =
                terms.passthrough() ? policies.ofUnread(route, rule, part) : policies.of(route, rule, part);
        Rule.Builder out = Rule.newBuilder()
                .setId(key.kind().text() + "/" + key.namespace() + "/" + key.name() + "#" + rule.id())
                .setSource(source(key, rule.field()))
                .setMatch(match(rule.match(), features))
                .setRequestTimeoutMs(effective.requestTimeoutMs());
        for (Policies.Applied applied : effective.filters()) {
            Told told = new Told(part, Told.MIRROR_WAITS, applied.origin(), rule.field());
            Filter.Builder filter = filters.compile(key.namespace(), applied.filter(), told, features);
            applied.origin().ifPresent(origin -> filter.setSource(source(origin.policy(), origin.field())));
            out.addFilters(filter);
        }
        for (ObjectKey policy : effective.policies()) {
            out.addPolicies(source(policy, "spec"));
        }
        for (BackendModel backend : effective.backends()) {
            out.addBackends(backends.resolve(key.namespace(), backend, new Told(part, Told.UNSERVED), features));
            backends.compareClaims(key, backend, rule, part);
        }
        ResilienceCompiler.compile(effective.resilience(), out, features);
        if (effective.maxBodyBytes() > 0) {
            features.add(Features.LIMIT_BODY);
            out.setMaxBodyBytes(effective.maxBodyBytes());
        }
        BalancingCompiler.compile(rule, effective.balancing(), features).ifPresent(out::setBalancing);
        rule.split().ifPresent(split -> BalancingCompiler.split(split, out, features));
        terms.apply(rule.match(), out, features);
        return out.addAllRequiredFeatures(features).build();
    }

    /** Whether a backend that an object brings to rules of others leads anywhere; if not, findings of that object say why. */
    boolean serves(ObjectKey route, BackendModel backend, Part part) {
        return backends.resolve(route.namespace(), backend, new Told(part, Told.CANARY_WAITS), new TreeSet<>())
                .getUnavailable()
                .isEmpty();
    }

    static Source source(ObjectKey object, String field) {
        return Source.newBuilder()
                .setKind(object.kind().text())
                .setNamespace(object.namespace())
                .setName(object.name())
                .setField(field)
                .build();
    }

    private static Match match(MatchModel model, Set<String> features) {
        Match.Builder match = Match.newBuilder();
        switch (model.type()) {
            case EXACT -> match.setExact(model.path());
            case PREFIX -> match.setPrefix(model.path());
            case REGEX -> match.setRegex(model.path());
        }
        model.headers().forEach(header -> match.addHeaders(condition(header)));
        model.queryParams().forEach(param -> match.addQueryParams(condition(param)));
        model.cookies().forEach(cookie -> match.addCookies(condition(cookie)));
        if (model.type() == PathType.REGEX) {
            features.add(Features.MATCH_REGEX);
        }
        if (!model.headers().isEmpty()) {
            features.add(Features.MATCH_HEADERS);
        }
        if (!model.methods().isEmpty()) {
            features.add(Features.MATCH_METHODS);
        }
        if (!model.queryParams().isEmpty()) {
            features.add(Features.MATCH_QUERY_PARAMS);
        }
        if (!model.cookies().isEmpty()) {
            features.add(Features.MATCH_COOKIES);
        }
        if (!model.sources().isEmpty()) {
            features.add(Features.MATCH_SOURCES);
        }
        return match.addAllMethods(model.methods())
                .addAllSources(model.sources())
                .build();
    }

    private static ValueMatch condition(ValueCondition model) {
        ValueMatch.Builder match = ValueMatch.newBuilder().setName(model.name());
        switch (model.test()) {
            case EXACT -> match.setExact(model.value());
            case REGEX -> match.setRegex(model.value());
            case PRESENT -> match.setPresent(true);
            case ABSENT -> match.setPresent(false);
        }
        return match.build();
    }
}

package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.compile.RuleOrder.Claim;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.HostRules;
import dev.gatehouse.controller.model.MatchModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.controller.model.RouteModel;
import dev.gatehouse.controller.model.RuleModel;
import dev.gatehouse.controller.model.ServerTls;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.Host;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Makes the shard of one host from all that its contributors ask for. */
final class HostCompiler {

    private final RuleCompiler rules;
    private final Certificates certificates;
    private final ServerTlsCompiler tls;
    private final HostGrants grants;
    private final PassthroughCompiler passthrough;

    HostCompiler(RuleCompiler rules, Certificates certificates, ServerTlsCompiler tls, HostGrants grants) {
        this.grants = grants;
        this.rules = rules;
        this.certificates = certificates;
        this.tls = tls;
        this.passthrough = new PassthroughCompiler(rules);
    }

    /**
     * Compiles a host.
     *
     * @param contributors oldest first: who comes first wins what two ask for
     */
    Unit compile(String host, Collection<RouteModel> contributors) {
        if (contributors.isEmpty()) {
            return Unit.NOTHING;
        }
        ShardId id = ShardId.host(host);
        Unit.Builder unit = new Unit.Builder();
        List<RouteModel> granted = contributors.stream()
                .filter(route -> !grants.refuses(host, rulesFor(host, route).field(), route, unit.part(route.key())))
                .toList();
        Optional<RouteModel> claimant = PassthroughCompiler.claimant(host, granted);
        if (claimant.isPresent() && PassthroughCompiler.passes(rulesFor(host, claimant.get()))) {
            return passthrough.compile(host, granted, claimant.get(), unit);
        }
        Map<MatchModel, Claim> taken = new HashMap<>();
        List<Claim> winners = new ArrayList<>();
        Optional<Claim> defaultRule = Optional.empty();
        TreeSet<String> chains = new TreeSet<>();
        Map<ObjectKey, Integer> redirects = new HashMap<>();
        Optional<RouteModel> tlsBy = Optional.empty();
        for (RouteModel route : granted) {
            HostRules asked = rulesFor(host, route);
            Part part = unit.part(route.key());
            if (asked.passthrough() && claimant.filter(route::equals).isEmpty()) {
                claimant.ifPresent(older -> part.find(PassthroughCompiler.endedBy(host, asked, older)));
                continue;
            }
            for (RuleModel rule : asked.rules()) {
                Claim claim = new Claim(route, rule, winners.size());
                Claim first = taken.putIfAbsent(rule.match(), claim);
                if (first == null) {
                    winners.add(claim);
                } else {
                    part.find(Finding.error(Reasons.HOST_PATH_TAKEN, rule.field(), taken(host, claim, first)));
                }
            }
            if (asked.defaultRule().isPresent()) {
                RuleModel rule = asked.defaultRule().get();
                if (defaultRule.isEmpty()) {
                    defaultRule = Optional.of(new Claim(route, rule, 0));
                } else {
                    part.find(Finding.error(
                            Reasons.DEFAULT_BACKEND_TAKEN,
                            rule.field(),
                            defaultTaken("the host " + host, defaultRule.get().route())));
                }
            }
            for (ShardId certificate : certificates.forHost(asked.certificates(), host, part)) {
                chains.add(certificate.toString());
                part.shard(id);
                part.served();
            }
            redirects.put(route.key(), asked.httpsRedirect());
            if (!asked.tls().equals(ServerTls.NONE)) {
                if (tlsBy.isEmpty()) {
                    tlsBy = Optional.of(route);
                } else {
                    tlsTaken(host, asked, tlsBy.get(), part);
                }
            }
        }
        Host.Builder body = Host.newBuilder().setName(host).addAllCertificates(chains);
        boolean onlyTls = false;
        if (tlsBy.isPresent()) {
            ServerTls asked = rulesFor(host, tlsBy.get()).tls();
            body.setTls(tls.compile(asked, unit.part(tlsBy.get().key())));
            asked.hsts().ifPresent(body::setHsts);
            onlyTls = asked.problem().isPresent()
                    || asked.clientCertificate()
                            .filter(client -> client.mode() == ServerTls.Mode.REQUIRE)
                            .isPresent();
        }
        boolean secured = !body.getTls().equals(dev.gatehouse.snapshot.proto.ServerTls.getDefaultInstance());
        if (!secured) {
            body.clearTls(); // Strict-Transport-Security alone
        }
        List<Claim> ordered = Canaries.join(host, granted, winners, rules, unit);
        ordered.sort(RuleOrder.ORDER);
        for (Claim claim : ordered) {
            HostTerms terms = new HostTerms(redirects.getOrDefault(claim.route().key(), 0), secured, onlyTls, false);
            body.addRules(rules.compile(claim.route(), claim.rule(), terms, part(unit, claim, id)));
        }
        if (defaultRule.isPresent()) {
            Claim claim = defaultRule.get();
            HostTerms terms = new HostTerms(redirects.getOrDefault(claim.route().key(), 0), secured, onlyTls, false);
            body.setDefaultRule(rules.compile(claim.route(), claim.rule(), terms, part(unit, claim, id)));
        }
        boolean empty = winners.isEmpty() && chains.isEmpty() && defaultRule.isEmpty() && !secured;
        return unit.build(
                empty
                        ? List.of()
                        : List.of(Shard.of(
                                id, ShardBody.newBuilder().setHost(body).build())));
    }

    static HostRules rulesFor(String host, RouteModel route) {
        HostRules asked = route.hosts().get(host);
        if (asked == null) {
            throw new IllegalStateException(route.key() + " does not contribute to " + host);
        }
        return asked;
    }

    /** The oldest object decides, as for rules; one that asks for the same has nothing to be told. */
    private static void tlsTaken(String host, HostRules asked, RouteModel winner, Part part) {
        if (!asked.tls().equals(rulesFor(host, winner).tls())) {
            part.find(Finding.error(
                    Reasons.TLS_OPTIONS_TAKEN,
                    "spec.tls",
                    "asks for other TLS settings of the host " + host + " than " + winner.key()
                            + ", which is older and decides; write the same in both, or leave them to one of them"));
        }
    }

    static Part part(Unit.Builder unit, Claim claim, ShardId id) {
        Part part = unit.part(claim.route().key());
        part.shard(id);
        part.served();
        return part;
    }

    static String taken(String host, Claim loser, Claim winner) {
        String what = "asks for '" + loser.rule().match() + "' of the host " + host + ", which ";
        if (loser.route().key().equals(winner.route().key())) {
            return what + winner.rule().field() + " already has; remove one of them";
        }
        return what + "is taken by the older " + winner.route().key() + " ("
                + winner.rule().field() + "); choose another path or host, or change it there";
    }

    static String defaultTaken(String where, RouteModel winner) {
        return "is not used: the default backend of " + where + " is that of the older " + winner.key()
                + "; remove one of them";
    }
}

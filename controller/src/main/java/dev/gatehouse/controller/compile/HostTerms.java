package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.MatchModel;
import dev.gatehouse.controller.model.MatchModel.PathType;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.proto.Rule;
import java.util.Set;

/**
 * What the rules of one object have to keep to on a host.
 *
 * @param redirect status that leads to https; 0: clear text is served
 * @param secured whether the host has TLS settings that a node must know
 * @param onlyTls whether nothing may be served but over TLS that ends at the node
 * @param passthrough whether backends end TLS, which a node must know
 */
record HostTerms(int redirect, boolean secured, boolean onlyTls, boolean passthrough) {

    /** Of what belongs to no host. */
    static final HostTerms NONE = new HostTerms(0, false, false, false);

    /** RFC 8555, 8.3: asked for in clear text, by authorities that are to issue the certificate. */
    private static final String ACME = "/.well-known/acme-challenge/";

    void apply(MatchModel match, Rule.Builder rule, Set<String> features) {
        if (secured) {
            features.add(Features.SERVER_TLS);
        }
        if (passthrough) {
            features.add(Features.TLS_PASSTHROUGH);
        }
        if (!isAcme(match) && (redirect != 0 || onlyTls)) {
            features.add(Features.REDIRECT_HTTPS);
            rule.setHttpsRedirect(redirect == 0 ? 308 : redirect).setOnlyTlsHere(onlyTls);
        }
    }

    /** Whether it takes nothing but what is asked for in clear text, whatever the host does about TLS. */
    static boolean isAcme(MatchModel match) {
        return match.type() != PathType.REGEX && (match.path() + "/").startsWith(ACME);
    }
}

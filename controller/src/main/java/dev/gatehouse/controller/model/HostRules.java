package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * What one object asks for one host.
 *
 * @param field where the object names the host
 * @param rules in the order of the object; empty if it only brings a certificate
 * @param canaries backends for rules of others; empty but for an Ingress that is nothing else
 * @param defaultRule takes what no rule of the host matches
 * @param certificates Secrets whose certificates answer for the host
 * @param tls how TLS with its clients is to be done
 * @param httpsRedirect status that leads clients who come in clear text to https; 0: they are served
 * @param passthrough whether the backends of the one rule end TLS; nothing but its backends applies then
 */
public record HostRules(
        String field,
        List<RuleModel> rules,
        List<CanaryModel> canaries,
        Optional<RuleModel> defaultRule,
        List<CertificateRef> certificates,
        ServerTls tls,
        int httpsRedirect,
        boolean passthrough) {

    /**
     * A reference to a Secret.
     *
     * @param secret names it
     * @param field where it is named
     */
    public record CertificateRef(ObjectKey secret, String field) {}
}

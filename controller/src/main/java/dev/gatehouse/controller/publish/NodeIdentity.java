package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;

/**
 * Who a node proved to be.
 *
 * @param namespace of its ServiceAccount
 * @param serviceAccount name of it
 * @param pod the token is bound to; empty if to none
 */
public record NodeIdentity(String namespace, String serviceAccount, String pod) {

    /** Whether this is a data plane of {@code fleet}: they run as ServiceAccount {@code NAME-dataplane} beside it. */
    public boolean serves(FleetKey fleet) {
        return namespace.equals(fleet.namespace()) && serviceAccount.equals(fleet.name() + "-dataplane");
    }
}

package dev.gatehouse.controller.publish;

import dev.gatehouse.controller.model.FleetKey;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who a node proved to be.
 *
 * @param fleet whose ServiceAccount it has, and whose snapshot it may see
 * @param name of its pod, or what one outside the cluster calls itself
 * @param podUid empty for one outside the cluster
 */
public record NodeIdentity(FleetKey fleet, String name, String podUid) {

    /** Data planes run as ServiceAccount {@code FLEET-dataplane} beside their ProxyFleet. */
    private static final String ACCOUNT_SUFFIX = "-dataplane";

    private static final String PART = "([A-Za-z0-9][A-Za-z0-9._-]{0,252})";
    private static final Pattern NAME = Pattern.compile(PART);
    private static final Pattern URI = Pattern.compile(
            "gatehouse://fleet/" + PART + "/" + PART + "/(?:pod/" + PART + "/" + PART + "|outside/" + PART + ")");

    /** The fleet that a ServiceAccount stands for; empty if for none. */
    public static Optional<FleetKey> fleetOf(String namespace, String serviceAccount) {
        int length = serviceAccount.length() - ACCOUNT_SUFFIX.length();
        return serviceAccount.endsWith(ACCOUNT_SUFFIX) && length > 0
                ? Optional.of(new FleetKey(namespace, serviceAccount.substring(0, length)))
                : Optional.empty();
    }

    /** Whether it is a pod of the cluster, whose end is noticed. */
    public boolean isPod() {
        return !podUid.isEmpty();
    }

    /** The same one outside the cluster by the name it gives itself; empty if it is no name. */
    Optional<NodeIdentity> called(String claimed) {
        return NAME.matcher(claimed).matches()
                ? Optional.of(new NodeIdentity(fleet, claimed, podUid))
                : Optional.empty();
    }

    /** How it is shown to people. What a node outside the cluster calls itself is never taken for a pod's name. */
    String shown() {
        return isPod() ? name : "outside/" + name;
    }

    /** As it stands in a certificate. */
    String uri() {
        return "gatehouse://fleet/" + fleet.namespace() + "/" + fleet.name()
                + (isPod() ? "/pod/" + name + "/" + podUid : "/outside/" + name);
    }

    /** Reads what {@link #uri()} wrote; empty for anything else. */
    static Optional<NodeIdentity> ofUri(String uri) {
        Matcher parts = URI.matcher(uri);
        if (!parts.matches()) {
            return Optional.empty();
        }
        FleetKey fleet = new FleetKey(parts.group(1), parts.group(2));
        return Optional.of(
                parts.group(5) == null
                        ? new NodeIdentity(fleet, parts.group(3), parts.group(4))
                        : new NodeIdentity(fleet, parts.group(5), ""));
    }
}

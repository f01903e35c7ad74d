package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;

/**
 * What a {@link World} is told about its surroundings.
 *
 * @param controllerName {@code spec.controller} of the IngressClasses that are ours
 * @param className the class name that is ours where no IngressClass object says so
 * @param defaultFleet serves classes without parameters; exists even without a ProxyFleet object
 * @param standalone whether this is a folder: without any IngressClass, Ingresses of {@code className} and of no class are
 *     ours, and names may lead to this machine
 * @param namespace of the controller: there, and nowhere else, it is believed what issuers say of certificates, and what is to be
 *     served instead of what is asked for
 * @param blastRadius how many hosts may go at once
 * @param readsSecrets whether what is in Secrets can be asked for, and so need not be kept while nobody refers to them
 */
public record WorldOptions(
        String controllerName,
        String className,
        FleetKey defaultFleet,
        boolean standalone,
        String namespace,
        BlastRadius blastRadius,
        boolean readsSecrets) {

    /** For a cluster whose default fleet is beside the controller. */
    public static WorldOptions cluster(FleetKey defaultFleet) {
        return cluster(defaultFleet, defaultFleet.namespace());
    }

    /** For a cluster. */
    public static WorldOptions cluster(FleetKey defaultFleet, String namespace) {
        return cluster(defaultFleet, namespace, BlastRadius.UNBOUNDED);
    }

    /** As above, where a change may be held back. */
    public static WorldOptions cluster(FleetKey defaultFleet, String namespace, BlastRadius blastRadius) {
        return new WorldOptions(
                "gatehouse.dev/controller", "gatehouse", defaultFleet, false, namespace, blastRadius, false);
    }

    /** The same, where what is in Secrets can be asked for. */
    public WorldOptions readingSecrets() {
        return new WorldOptions(controllerName, className, defaultFleet, standalone, namespace, blastRadius, true);
    }

    /** For a folder of manifests on one machine. */
    public static WorldOptions folder() {
        return new WorldOptions(
                "gatehouse.dev/controller",
                "gatehouse",
                new FleetKey("default", "default"),
                true,
                "",
                BlastRadius.UNBOUNDED,
                false);
    }
}

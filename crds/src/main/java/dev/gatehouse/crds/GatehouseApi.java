package dev.gatehouse.crds;

/** Names that the API group's kinds share. */
public final class GatehouseApi {

    /** The API group. */
    public static final String GROUP = "gatehouse.dev";

    /** The one version of its kinds. */
    public static final String VERSION = "v1alpha1";

    /** {@code spec.controller} of the IngressClasses that Gatehouse serves. */
    public static final String CONTROLLER_NAME = "gatehouse.dev/controller";

    /** Who owns the fields that Gatehouse writes by server-side apply. */
    public static final String FIELD_MANAGER = "gatehouse";

    private GatehouseApi() {}
}

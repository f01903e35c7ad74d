package dev.gatehouse.controller.model;

/** Where a share of a rule's requests goes. */
public sealed interface BackendModel {

    /** Its share, in relation to the other weights of the rule. */
    int weight();

    /**
     * A port of a Service.
     *
     * @param serviceField where the Service is named
     * @param portField where the port is named
     */
    record ServiceBackend(ObjectKey service, PortRef port, int weight, String serviceField, String portField)
            implements BackendModel {}

    /**
     * Something other than a Service ({@code backend.resource} of an Ingress), which cannot be served.
     *
     * @param what kind and name
     */
    record ResourceBackend(String what, int weight, String field) implements BackendModel {}

    /**
     * Nothing that can be served; a finding of the object says why.
     *
     * @param reason code that the 503 carries
     */
    record Unserved(String reason, int weight) implements BackendModel {}
}

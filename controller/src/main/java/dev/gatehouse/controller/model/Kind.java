package dev.gatehouse.controller.model;

/** The kinds of object that are compiled. */
public enum Kind {
    INGRESS("Ingress"),
    PROXY_ROUTE("ProxyRoute"),
    INGRESS_CLASS("IngressClass"),
    SERVICE("Service"),
    ENDPOINT_SLICE("EndpointSlice"),
    SECRET("Secret"),
    NAMESPACE("Namespace"),
    PROXY_FLEET("ProxyFleet"),
    PROXY_POLICY("ProxyPolicy"),
    HOST_GRANT("HostGrant"),
    REFERENCE_GRANT("ReferenceGrant"),
    CONFIG_MAP("ConfigMap");

    private final String text;

    Kind(String text) {
        this.text = text;
    }

    /** As manifests write it. */
    public String text() {
        return text;
    }
}

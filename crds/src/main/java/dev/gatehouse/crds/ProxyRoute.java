package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;

/**
 * Hosts, and how the requests to them are matched, changed and spread over Services. Terms follow the Gateway API where it
 * has one.
 */
@JsonClassDescription("Hosts, and how the requests to them are matched, changed and spread over Services.")
@Group(GatehouseApi.GROUP)
@Version(GatehouseApi.VERSION)
@Kind("ProxyRoute")
@Singular("proxyroute")
@Plural("proxyroutes")
@ShortNames("pr")
@Categories("gatehouse")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(
        name = "Class",
        jsonPath = ".spec.ingressClassName",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Hosts", jsonPath = ".spec.hosts", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Accepted",
        jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Programmed",
        jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Live",
        jsonPath = ".status.conditions[?(@.type==\"Programmed\")].message",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class ProxyRoute extends CustomResource<ProxyRouteSpec, ProxyRouteStatus> implements Namespaced {

    private static final long serialVersionUID = 1L;

    @Override
    protected ProxyRouteSpec initSpec() {
        return ProxyRouteSpec.EMPTY;
    }

    @Override
    protected ProxyRouteStatus initStatus() {
        return new ProxyRouteStatus(null, List.of(), List.of());
    }
}

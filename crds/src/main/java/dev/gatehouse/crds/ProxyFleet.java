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

/** A set of data planes that serve the same snapshot behind one Service. An IngressClass names it in its parameters. */
@JsonClassDescription(
        "A set of data planes that serve the same routes behind one Service. The parameters of an IngressClass name it.")
@Group(GatehouseApi.GROUP)
@Version(GatehouseApi.VERSION)
@Kind("ProxyFleet")
@Singular("proxyfleet")
@Plural("proxyfleets")
@ShortNames("pf")
@Categories("gatehouse")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(name = "Desired", jsonPath = ".status.replicas", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.readyReplicas",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Programmed",
        jsonPath = ".status.conditions[?(@.type==\"Programmed\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Addresses", jsonPath = ".status.addresses", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Root",
        jsonPath = ".status.root",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class ProxyFleet extends CustomResource<ProxyFleetSpec, ProxyFleetStatus> implements Namespaced {

    private static final long serialVersionUID = 1L;

    @Override
    protected ProxyFleetSpec initSpec() {
        return ProxyFleetSpec.DEFAULTS;
    }

    @Override
    protected ProxyFleetStatus initStatus() {
        return ProxyFleetStatus.EMPTY;
    }
}

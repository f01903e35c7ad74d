package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** Gives hosts to namespaces. While there is none, every namespace may use every host; of the cluster's scope. */
@JsonClassDescription(
        "Gives hosts to namespaces. While there is no HostGrant at all, every namespace may use every host.")
@Group(GatehouseApi.GROUP)
@Version(GatehouseApi.VERSION)
@Kind("HostGrant")
@Singular("hostgrant")
@Plural("hostgrants")
@ShortNames("hg")
@Categories("gatehouse")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(name = "Hosts", jsonPath = ".spec.hosts", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Namespaces", jsonPath = ".spec.namespaces", type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class HostGrant extends CustomResource<HostGrantSpec, Void> {

    private static final long serialVersionUID = 1L;

    @Override
    protected HostGrantSpec initSpec() {
        return HostGrantSpec.EMPTY;
    }
}

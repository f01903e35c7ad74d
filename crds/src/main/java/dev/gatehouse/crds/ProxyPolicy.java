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

/** Filters and limits with a name, for rules that refer to it and as defaults of a namespace. */
@JsonClassDescription("Filters and limits with a name: for rules that refer to it, and as defaults of a namespace.")
@Group(GatehouseApi.GROUP)
@Version(GatehouseApi.VERSION)
@Kind("ProxyPolicy")
@Singular("proxypolicy")
@Plural("proxypolicies")
@ShortNames("pp")
@Categories("gatehouse")
@JsonInclude(JsonInclude.Include.NON_NULL)
@AdditionalPrinterColumn(
        name = "Accepted",
        jsonPath = ".status.conditions[?(@.type==\"Accepted\")].status",
        type = AdditionalPrinterColumn.Type.STRING)
@AdditionalPrinterColumn(name = "Routes", jsonPath = ".status.routes", type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Default for",
        jsonPath = ".spec.selector",
        type = AdditionalPrinterColumn.Type.STRING,
        priority = 1)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class ProxyPolicy extends CustomResource<ProxyPolicySpec, ProxyPolicyStatus> implements Namespaced {

    private static final long serialVersionUID = 1L;

    @Override
    protected ProxyPolicySpec initSpec() {
        return ProxyPolicySpec.EMPTY;
    }

    @Override
    protected ProxyPolicyStatus initStatus() {
        return new ProxyPolicyStatus(null, null, List.of());
    }
}

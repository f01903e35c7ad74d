package dev.gatehouse.controller.status;

import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyFleetStatus;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyPolicyStatus;
import dev.gatehouse.crds.ProxyRoute;
import dev.gatehouse.crds.ProxyRouteStatus;
import dev.gatehouse.crds.RouteRuleStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes statuses by server-side apply: what we wrote before and leave out now goes, what others wrote stays. */
final class StatusClient {

    private static final Pattern IP_ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*");
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(GatehouseApi.FIELD_MANAGER)
            .withForce(true)
            .build();

    /** The operator applies the rest of a fleet's status, and what an applier leaves out goes. */
    private static final PatchContext APPLY_BESIDE_THE_OPERATOR = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(GatehouseApi.FIELD_MANAGER + "-serving")
            .withForce(true)
            .build();

    private final KubernetesClient client;
    private final Pace pace;

    StatusClient(KubernetesClient client, Pace pace) {
        this.client = client;
        this.pace = pace;
    }

    /**
     * Writes what {@code key} is to show. Blocks.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if the API server refuses it or does not answer
     */
    void write(ObjectKey key, Shown shown) throws InterruptedException {
        pace.await();
        HasMetadata object = switch (shown) {
            case Shown.Addresses(List<String> addresses) -> ingress(addresses);
            case Shown.Conditions(List<Condition> conditions, List<RouteRuleStatus> rules) -> route(conditions, rules);
            case Shown.Policy(List<Condition> conditions, int routes) -> policy(conditions, routes);
            case Shown.Fleet(List<Condition> conditions) -> fleet(conditions);
        };
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(key.namespace());
        metadata.setName(key.name());
        object.setMetadata(metadata);
        client.resource(object)
                .subresource("status")
                .patch(shown instanceof Shown.Fleet ? APPLY_BESIDE_THE_OPERATOR : APPLY, object);
    }

    private static HasMetadata ingress(List<String> addresses) {
        List<IngressLoadBalancerIngress> entries = addresses.stream()
                .map(address -> {
                    var entry = new IngressLoadBalancerIngress();
                    if (IP_ADDRESS.matcher(address).matches()) {
                        entry.setIp(address);
                    } else {
                        entry.setHostname(address);
                    }
                    return entry;
                })
                .toList();
        return new IngressBuilder()
                .withNewStatus()
                .withNewLoadBalancer()
                .withIngress(entries)
                .endLoadBalancer()
                .endStatus()
                .build();
    }

    private static HasMetadata route(List<Condition> conditions, List<RouteRuleStatus> rules) {
        ProxyRoute route = new ProxyRoute();
        route.setStatus(new ProxyRouteStatus(observed(conditions), conditions, rules));
        return route;
    }

    private static HasMetadata policy(List<Condition> conditions, int routes) {
        ProxyPolicy policy = new ProxyPolicy();
        policy.setStatus(new ProxyPolicyStatus(observed(conditions), routes, conditions));
        return policy;
    }

    private static HasMetadata fleet(List<Condition> conditions) {
        ProxyFleet fleet = new ProxyFleet();
        fleet.setSpec(null);
        fleet.setStatus(new ProxyFleetStatus(null, null, null, null, List.of(), null, conditions));
        return fleet;
    }

    private static @Nullable Long observed(List<Condition> conditions) {
        return conditions.isEmpty() ? null : conditions.getFirst().getObservedGeneration();
    }
}

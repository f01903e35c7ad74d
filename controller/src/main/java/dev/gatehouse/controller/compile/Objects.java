package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.Authorities;
import dev.gatehouse.controller.model.ConfigMapModel;
import dev.gatehouse.controller.model.EndpointSliceModel;
import dev.gatehouse.controller.model.HostGrantModel;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ProxyPolicyModel;
import dev.gatehouse.controller.model.ReferenceGrantModel;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.controller.model.ServiceModel;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The current version of every object. */
final class Objects {

    private final Map<ObjectKey, ResourceModel> models = new HashMap<>();
    private final Map<ObjectKey, TreeMap<ObjectKey, EndpointSliceModel>> slices = new HashMap<>();
    private final TreeMap<ObjectKey, HostGrantModel> hostGrants = new TreeMap<>();
    private final Map<String, TreeMap<ObjectKey, ReferenceGrantModel>> referenceGrants = new HashMap<>();
    private final Map<String, TreeMap<ObjectKey, ProxyPolicyModel>> defaultPolicies = new HashMap<>();

    Optional<ResourceModel> get(ObjectKey key) {
        return Optional.ofNullable(models.get(key));
    }

    /** The version before. */
    Optional<ResourceModel> put(ResourceModel model) {
        Optional<ResourceModel> before = Optional.ofNullable(models.put(model.key(), model));
        before.ifPresent(this::unindex);
        if (model instanceof ReferenceGrantModel grant) {
            referenceGrants
                    .computeIfAbsent(grant.key().namespace(), n -> new TreeMap<>())
                    .put(grant.key(), grant);
        }
        if (model instanceof HostGrantModel grant) {
            hostGrants.put(grant.key(), grant);
        }
        if (model instanceof ProxyPolicyModel policy && policy.selector().isPresent()) {
            defaultPolicies
                    .computeIfAbsent(policy.key().namespace(), n -> new TreeMap<>())
                    .put(policy.key(), policy);
        }
        if (model instanceof EndpointSliceModel slice && slice.service().isPresent()) {
            slices.computeIfAbsent(slice.service().get(), s -> new TreeMap<>()).put(slice.key(), slice);
        }
        return before;
    }

    Optional<ResourceModel> remove(ObjectKey key) {
        Optional<ResourceModel> before = Optional.ofNullable(models.remove(key));
        before.ifPresent(this::unindex);
        return before;
    }

    private void unindex(ResourceModel model) {
        hostGrants.remove(model.key());
        referenceGrants.computeIfPresent(
                model.key().namespace(),
                (namespace, grants) -> grants.remove(model.key()) != null && grants.isEmpty() ? null : grants);
        defaultPolicies.computeIfPresent(
                model.key().namespace(),
                (namespace, policies) -> policies.remove(model.key()) != null && policies.isEmpty() ? null : policies);
        if (model instanceof EndpointSliceModel slice && slice.service().isPresent()) {
            TreeMap<ObjectKey, EndpointSliceModel> ofService =
                    slices.get(slice.service().get());
            if (ofService != null) {
                ofService.remove(slice.key());
                if (ofService.isEmpty()) {
                    slices.remove(slice.service().get());
                }
            }
        }
    }

    Collection<ReferenceGrantModel> referenceGrants(String namespace) {
        TreeMap<ObjectKey, ReferenceGrantModel> found = referenceGrants.get(namespace);
        return found == null ? List.of() : found.values();
    }

    /** In order of name. */
    Collection<HostGrantModel> hostGrants() {
        return Collections.unmodifiableCollection(hostGrants.values());
    }

    Optional<ServiceModel> service(ObjectKey key) {
        return models.get(key) instanceof ServiceModel service ? Optional.of(service) : Optional.empty();
    }

    Optional<SecretModel> secret(ObjectKey key) {
        return models.get(key) instanceof SecretModel secret ? Optional.of(secret) : Optional.empty();
    }

    Optional<ProxyPolicyModel> policy(ObjectKey key) {
        return models.get(key) instanceof ProxyPolicyModel policy ? Optional.of(policy) : Optional.empty();
    }

    /** Those that are defaults for routes of a namespace, in order of name. */
    Collection<ProxyPolicyModel> defaultPolicies(String namespace) {
        TreeMap<ObjectKey, ProxyPolicyModel> found = defaultPolicies.get(namespace);
        return found == null ? List.of() : Collections.unmodifiableCollection(found.values());
    }

    /** What a ConfigMap or a Secret holds of authorities. */
    Authorities authorities(ObjectKey key) {
        return switch (models.get(key)) {
            case ConfigMapModel config -> config.authorities();
            case SecretModel secret -> secret.authorities();
            case null, default -> new Authorities.Unusable("does not exist; create it, or name one that does");
        };
    }

    /** The slices of a Service, in order of name. */
    Collection<EndpointSliceModel> slices(ObjectKey service) {
        TreeMap<ObjectKey, EndpointSliceModel> found = slices.get(service);
        return found == null ? List.of() : Collections.unmodifiableCollection(found.values());
    }

    void forEach(Consumer<ResourceModel> consumer) {
        models.values().forEach(consumer);
    }
}

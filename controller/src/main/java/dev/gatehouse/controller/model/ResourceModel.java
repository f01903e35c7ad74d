package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Set;

/** What is kept of one version of one object. Immutable, safe to share between threads. */
public sealed interface ResourceModel
        permits RouteModel,
                IngressClassModel,
                ServiceModel,
                EndpointSliceModel,
                SecretModel,
                ConfigMapModel,
                NamespaceModel,
                ProxyFleetModel,
                ProxyPolicyModel,
                HostGrantModel,
                ReferenceGrantModel,
                UnreadableModel {

    Meta meta();

    default ObjectKey key() {
        return meta().key();
    }

    /** The objects it names. They may not exist. */
    default Set<ObjectKey> references() {
        return Set.of();
    }

    /** What is wrong in the object itself, whatever else exists. */
    default List<Finding> findings() {
        return List.of();
    }
}

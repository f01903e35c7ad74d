package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * A ReferenceGrant of the Gateway API: lets objects of other namespaces refer to objects of its own.
 *
 * @param from who may refer
 * @param to what they may refer to
 */
public record ReferenceGrantModel(Meta meta, List<From> from, List<To> to) implements ResourceModel {

    /** Objects of a kind in a namespace. */
    public record From(String group, String kind, String namespace) {}

    /**
     * Objects of a kind.
     *
     * @param name of one of them; empty: all
     */
    public record To(String group, String kind, Optional<String> name) {}

    /** Whether ProxyRoutes of a namespace may refer to a Service of this one. */
    public boolean permits(String namespace, String service) {
        return from.contains(new From("gatehouse.dev", Kind.PROXY_ROUTE.text(), namespace))
                && to.stream()
                        .anyMatch(one -> one.group().isEmpty()
                                && one.kind().equals(Kind.SERVICE.text())
                                && one.name()
                                        .filter(name -> !name.equals(service))
                                        .isEmpty());
    }
}

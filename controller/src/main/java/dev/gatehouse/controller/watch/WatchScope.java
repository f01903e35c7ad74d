package dev.gatehouse.controller.watch;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * What of the cluster is watched.
 *
 * @param namespaces sorted, each once; empty: all. Kinds of the cluster's scope are watched in any case
 * @param routeSelector label selector of the Ingresses and ProxyRoutes that are looked at, as kubectl takes it; empty: all
 */
public record WatchScope(List<String> namespaces, String routeSelector) {

    /** Everything. */
    public static final WatchScope CLUSTER = new WatchScope(List.of(), "");

    public WatchScope {
        namespaces = List.copyOf(new TreeSet<>(namespaces));
    }

    /** The same, but never without these namespaces. */
    public WatchScope with(Collection<String> more) {
        if (namespaces.isEmpty()) {
            return this;
        }
        TreeSet<String> all = new TreeSet<>(namespaces);
        all.addAll(more);
        return new WatchScope(List.copyOf(all), routeSelector);
    }
}

package dev.gatehouse.controller.model;

import java.util.Map;

/**
 * A Namespace.
 *
 * @param labels sorted by key
 */
public record NamespaceModel(Meta meta, Map<String, String> labels) implements ResourceModel {}

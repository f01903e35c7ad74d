package dev.gatehouse.controller.model;

/**
 * A ConfigMap, as far as it can be of use: the authorities in it.
 *
 * @param authorities in its key {@code ca.crt}
 */
public record ConfigMapModel(Meta meta, Authorities authorities) implements ResourceModel {}

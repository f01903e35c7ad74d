package dev.gatehouse.controller.model;

/**
 * A reference of a rule to a ProxyPolicy.
 *
 * @param policy names it; it may not exist
 * @param field where it is named
 */
public record PolicyRef(ObjectKey policy, String field) {}

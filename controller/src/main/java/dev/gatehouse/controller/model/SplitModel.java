package dev.gatehouse.controller.model;

import java.util.List;
import java.util.Optional;

/**
 * An experiment over the backends of a rule.
 *
 * @param by what a user is known by
 * @param visitor the cookie for those that are not; empty: their requests go by weight
 * @param header lower case
 * @param forceHeader lower case; empty: none
 * @param forceCookie empty: none
 * @param variants in the order of the backends
 */
public record SplitModel(
        String name,
        Optional<RequestKey> by,
        Optional<StickyModel> visitor,
        String header,
        String forceHeader,
        String forceCookie,
        List<String> variants) {}

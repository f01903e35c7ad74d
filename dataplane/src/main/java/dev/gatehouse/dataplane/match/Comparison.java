package dev.gatehouse.dataplane.match;

/**
 * One thing that a rule asks of a request, beside what the request has: for people.
 *
 * @param what is compared: {@code path}, {@code method}, {@code header x-tier}
 * @param asked by the rule
 * @param found in the request
 */
public record Comparison(String what, String asked, String found) {

    /** What is said of a request that has nothing to compare. */
    public static final String NOTHING = "(none)";
}

/**
 * How long is waited for backends and what is tried again: what rules say about it.
 * In: the wire form of a rule. Out: immutable values that an exchange acts by.
 * Knows no socket, no clock, no upstream.
 */
@NullMarked
package dev.gatehouse.dataplane.resilience;

import org.jspecify.annotations.NullMarked;

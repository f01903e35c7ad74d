/**
 * Finds the rule that answers a request.
 * In: hosts and rules in match order, the bytes of a request's head. Out: a compiled rule, without allocating.
 * Knows no socket, no Vert.x, no Netty.
 */
@NullMarked
package dev.gatehouse.dataplane.match;

import org.jspecify.annotations.NullMarked;

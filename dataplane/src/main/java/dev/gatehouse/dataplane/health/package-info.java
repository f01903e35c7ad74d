/**
 * Asks the endpoints of upstreams whether they are well, as their rules want it.
 * In: upstreams as they change. Out: which of their endpoints are left out.
 * Knows when and how many are asked; how one is asked is {@code forward}'s.
 */
@NullMarked
package dev.gatehouse.dataplane.health;

import org.jspecify.annotations.NullMarked;

/**
 * Who contributes to which host, and what a host looked at: the index that turns an event into the hosts it concerns.
 * In: placements and look-ups. Out: sets of hosts, one level deep.
 * Knows nothing of what a host looks like when it is compiled.
 */
@NullMarked
package dev.gatehouse.controller.graph;

import org.jspecify.annotations.NullMarked;

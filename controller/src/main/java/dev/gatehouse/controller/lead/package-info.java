/**
 * Elects the one replica that writes.
 * In: a Lease. Out: leadership gained, leadership lost.
 * Knows nothing of what the leader does; losing it never stops serving.
 */
@NullMarked
package dev.gatehouse.controller.lead;

import org.jspecify.annotations.NullMarked;

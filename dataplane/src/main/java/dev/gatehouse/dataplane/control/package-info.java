/**
 * Keeps the data plane on the controller's version of the world.
 * In: deltas. Out: routing tables, acknowledgements with the shards that were refused.
 * Knows nothing of how a request is served.
 */
@NullMarked
package dev.gatehouse.dataplane.control;

import org.jspecify.annotations.NullMarked;

/**
 * Brings every data plane of a fleet to the fleet's snapshot, and knows which version each has.
 * In: snapshots as they are compiled, streams of data planes. Out: deltas, one in flight per node; receipts.
 * Knows nothing of Kubernetes objects but the TokenReview that tells who a node is.
 */
@NullMarked
package dev.gatehouse.controller.publish;

import org.jspecify.annotations.NullMarked;

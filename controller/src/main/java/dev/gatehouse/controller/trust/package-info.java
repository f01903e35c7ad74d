/**
 * The controller's own certificate authority: data planes trust it and nothing else.
 * In: a Secret that all replicas share, the clock. Out: the authority's certificate, server certificates signed by it.
 * Knows nothing of snapshots.
 */
@NullMarked
package dev.gatehouse.controller.trust;

import org.jspecify.annotations.NullMarked;

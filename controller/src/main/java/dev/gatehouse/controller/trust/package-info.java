/**
 * The controller's own certificate authority: data planes trust it and nothing else.
 * In: a Secret that all replicas share, the clock, nodes' keys. Out: the authority's certificate, certificates of controllers
 * and nodes signed by it, and whether one shown is good. Knows nothing of snapshots.
 */
@NullMarked
package dev.gatehouse.controller.trust;

import org.jspecify.annotations.NullMarked;

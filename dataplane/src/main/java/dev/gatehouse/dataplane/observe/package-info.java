/**
 * Counts what happened.
 * In: finished exchanges, applied snapshots. Out: Prometheus metrics, access logs.
 * Decides nothing about a request.
 */
@NullMarked
package dev.gatehouse.dataplane.observe;

import org.jspecify.annotations.NullMarked;

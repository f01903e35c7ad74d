/**
 * Compiles models to the shards of each fleet's snapshot and to a verdict on each object. Pure: same input, same bytes.
 * In: changes of models. Out: what changed in which snapshot, and what is to be said about which object.
 * Knows no Kubernetes client, no status, no clock and no thread.
 */
@NullMarked
package dev.gatehouse.controller.compile;

import org.jspecify.annotations.NullMarked;

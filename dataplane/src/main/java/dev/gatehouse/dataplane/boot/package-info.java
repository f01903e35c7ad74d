/**
 * Starts the data plane: wires the parts by hand, in the order in which they start.
 * In: settings. Out: a running data plane that can be drained and closed.
 * Knows every part, decides nothing.
 */
@NullMarked
package dev.gatehouse.dataplane.boot;

import org.jspecify.annotations.NullMarked;

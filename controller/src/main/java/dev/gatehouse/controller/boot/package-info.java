/**
 * Starts the control plane: wires the parts by hand, in the order in which they start.
 * In: settings. Out: a running controller that can be closed.
 * Knows every part, decides nothing.
 */
@NullMarked
package dev.gatehouse.controller.boot;

import org.jspecify.annotations.NullMarked;

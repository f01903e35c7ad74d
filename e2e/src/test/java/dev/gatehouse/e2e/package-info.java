/**
 * The product's promises, shown on real clusters.
 * In: the built programs. Out: nothing.
 * Knows nothing of the code under test but what a user knows.
 */
@NullMarked
package dev.gatehouse.e2e;

import org.jspecify.annotations.NullMarked;

/**
 * What Gatehouse costs, beside what its peers cost.
 * In: peers' configurations, a load. Out: figures as ratios.
 * Knows nothing that a user could not know.
 */
@NullMarked
package dev.gatehouse.bench;

import org.jspecify.annotations.NullMarked;

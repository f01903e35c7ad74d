/**
 * Makes what a ProxyFleet asks for, to be served as at an earlier root, into what every replica compiles.
 * In: ProxyFleets, the history of this replica. Out: a ConfigMap for each fleet that goes back, or none.
 * Serves nothing itself; knows nothing of how it is compiled.
 */
@NullMarked
package dev.gatehouse.controller.rollback;

import org.jspecify.annotations.NullMarked;

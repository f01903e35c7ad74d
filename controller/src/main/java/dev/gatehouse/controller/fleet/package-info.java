/**
 * Keeps the data planes of each ProxyFleet: Java Operator SDK, on the leader only.
 * In: ProxyFleets and what became of their objects. Out: server-side applies, and the fleet's status.
 * Knows nothing of routes.
 */
@NullMarked
package dev.gatehouse.controller.fleet;

import org.jspecify.annotations.NullMarked;

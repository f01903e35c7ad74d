/**
 * Chooses a backend by weight and an endpoint in turn.
 * In: weights, the endpoints of a Service as they come and go. Out: an address to connect to, or none.
 * Knows no socket, no Vert.x, no Netty.
 */
@NullMarked
package dev.gatehouse.dataplane.balance;

import org.jspecify.annotations.NullMarked;

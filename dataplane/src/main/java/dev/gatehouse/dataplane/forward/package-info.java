/**
 * Carries an exchange, or a whole connection, from a client to a backend and back; connections to backends and their pools.
 * In: a request head, its body, the routing table. Out: bytes on the backend's socket, the response to the client's side.
 * Knows the client only as a Downstream: not its protocol, its listener or its TLS.
 */
@NullMarked
package dev.gatehouse.dataplane.forward;

import org.jspecify.annotations.NullMarked;

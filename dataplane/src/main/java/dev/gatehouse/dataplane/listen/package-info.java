/**
 * Accepts clients: listening sockets, TLS, the HTTP/1.1 connection with its requests in order, draining.
 * In: bytes of clients, the routing table. Out: exchanges begun, responses on the client's socket.
 * Knows nothing of backends, pools or balancing.
 */
@NullMarked
package dev.gatehouse.dataplane.listen;

import org.jspecify.annotations.NullMarked;

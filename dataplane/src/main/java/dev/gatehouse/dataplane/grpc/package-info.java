/**
 * What gRPC means to a proxy: which requests are calls, and which status stands for an answer of Gatehouse's own.
 * In: heads and reasons. Out: the kind of a call, statuses.
 * Knows nothing of connections, nor how heads are written.
 */
@NullMarked
package dev.gatehouse.dataplane.grpc;

import org.jspecify.annotations.NullMarked;

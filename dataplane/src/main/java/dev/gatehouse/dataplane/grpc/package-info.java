/**
 * What gRPC means to a proxy: which requests are calls, which status stands for an answer of Gatehouse's own, and how gRPC-Web
 * differs from it.
 * In: heads, reasons, parts of bodies. Out: the kind of a call, statuses, parts of bodies.
 * Knows nothing of connections, nor how heads are written.
 */
@NullMarked
package dev.gatehouse.dataplane.grpc;

import org.jspecify.annotations.NullMarked;

/**
 * The event loops that everything in the data plane runs on, and what belongs to one loop alone: its tick, its read buffer.
 * In: a Vert.x instance. Out: Netty's loops and channel factories.
 * The one place that knows Vert.x internals; knows nothing of HTTP.
 */
@NullMarked
package dev.gatehouse.dataplane.loop;

import org.jspecify.annotations.NullMarked;

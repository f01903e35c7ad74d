/**
 * The routing table that all event loops read: one immutable value, replaced as a whole.
 * In: shards of a verified snapshot. Out: hosts, certificates and listener settings ready to be used; shards it had to refuse.
 * Knows no socket, no Vert.x, no Netty.
 */
@NullMarked
package dev.gatehouse.dataplane.table;

import org.jspecify.annotations.NullMarked;

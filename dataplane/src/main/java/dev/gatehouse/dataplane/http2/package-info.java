/**
 * HTTP/2 on the wire (RFC 9113, RFC 7541): frames and header compression, and heads in the form that the rest of the engine
 * knows, which is that of HTTP/1.1.
 * In: bytes of a connection. Out: events of streams, heads as octets; and the other way round.
 * Knows neither routes nor sockets.
 */
@NullMarked
package dev.gatehouse.dataplane.http2;

import org.jspecify.annotations.NullMarked;

/**
 * HTTP/1.1 message syntax: heads, chunks and trailers, read and written as bytes, strictly by RFC 9110 and RFC 9112.
 * In: bytes as they came from a socket. Out: offsets into those bytes, or the reason why they are refused.
 * Knows nothing of connections, routes or event loops; never throws for what a peer sent.
 */
@NullMarked
package dev.gatehouse.dataplane.http1;

import org.jspecify.annotations.NullMarked;

/**
 * gRPC's framing of messages on an HTTP/2 stream.
 * In: bytes as they arrive, messages to be sent. Out: messages, bytes.
 * Knows no socket; both ends of the push use it.
 */
@NullMarked
package dev.gatehouse.snapshot.wire;

import org.jspecify.annotations.NullMarked;

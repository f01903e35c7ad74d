/**
 * TLS with backends: what is shown to them, and whether what they show is good enough.
 * In: TLS settings, a backend's certificate chain. Out: engines for connections, and which check a handshake has failed.
 * Knows nothing of exchanges, pools or where the settings come from.
 */
@NullMarked
package dev.gatehouse.dataplane.forward.tls;

import org.jspecify.annotations.NullMarked;

/**
 * Ends TLS: chooses a certificate by what the client's hello says, keeps a context per certificate.
 * In: the certificate table, the bytes of a hello. Out: Netty's TLS handler in the pipeline, or that the connection
 * is for a backend to end TLS. Knows nothing of HTTP or where certificates come from.
 */
@NullMarked
package dev.gatehouse.dataplane.listen.tls;

import org.jspecify.annotations.NullMarked;

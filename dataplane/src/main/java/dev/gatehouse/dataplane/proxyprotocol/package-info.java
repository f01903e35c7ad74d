/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol", 2020/03/05): reading its header and writing one.
 * In: bytes, addresses. Out: who a connection is really from and to, or why its beginning is no header; a header's bytes.
 * Knows nothing of sockets, listeners or trust.
 */
@NullMarked
package dev.gatehouse.dataplane.proxyprotocol;

import org.jspecify.annotations.NullMarked;

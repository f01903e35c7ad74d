/**
 * Asks issuers whether certificates were revoked (OCSP, RFC 6960), again and again before their answers end.
 * In: certificates that are served, with who is to be asked. Out: verified answers, to a store that all replicas read.
 * Knows nothing of hosts and of data planes; an address that is not public is asked only if that is allowed.
 */
@NullMarked
package dev.gatehouse.controller.ocsp;

import org.jspecify.annotations.NullMarked;

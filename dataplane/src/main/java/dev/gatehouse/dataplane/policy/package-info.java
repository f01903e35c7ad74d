/**
 * What TLS with clients must be like, for a host or a listener, and whether a client's certificate holds.
 * In: the wire form of a policy, a chain that a client has shown. Out: immutable policies, verdicts.
 * Knows no sockets, no engines, no routes.
 */
@NullMarked
package dev.gatehouse.dataplane.policy;

import org.jspecify.annotations.NullMarked;

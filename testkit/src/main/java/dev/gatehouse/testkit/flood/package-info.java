/**
 * Ways to make a proxy work and want nothing, and the frames of HTTP/2 that some are made of.
 * In: a port. Out: octets that no client in its right mind sends.
 */
@NullMarked
package dev.gatehouse.testkit.flood;

import org.jspecify.annotations.NullMarked;

/**
 * Sees the cluster: one reflector per kind, which keeps names and versions and passes everything else on.
 * In: the Kubernetes API. Out: objects as they are seen, names of those that are gone, and when a kind was seen whole.
 * Knows nothing of what an object means.
 */
@NullMarked
package dev.gatehouse.controller.watch;

import org.jspecify.annotations.NullMarked;

/**
 * Real Kubernetes for tests: an API server alone, or a whole node with pods.
 * In: binaries built from Go modules by e2e/cluster/build, or a Docker engine. Out: a kubeconfig, and ways to reach pods.
 * Knows nothing of Gatehouse.
 */
@NullMarked
package dev.gatehouse.testkit.cluster;

import org.jspecify.annotations.NullMarked;

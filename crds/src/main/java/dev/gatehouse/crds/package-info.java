/**
 * The API of gatehouse.dev/v1alpha1 as Java types.
 * In: nothing. Out: types the Kubernetes client reads and writes, and the CRD YAML generated from them.
 * Knows nothing of how an object is served.
 */
@NullMarked
package dev.gatehouse.crds;

import org.jspecify.annotations.NullMarked;

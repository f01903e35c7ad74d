/**
 * What the control plane keeps of a Kubernetes object: one immutable record per kind, with everything that is wrong in it.
 * In: objects as the client or a folder reads them. Out: records that list their own references; the objects are let go.
 * Knows no other object than the one it looks at, no snapshot and no clock.
 */
@NullMarked
package dev.gatehouse.controller.model;

import org.jspecify.annotations.NullMarked;

/**
 * The port for kubelet, Prometheus and people: /livez, /readyz, /metrics, /snapshot, /routes, /certificates, /explain.
 * In: the state of the data plane. Out: text and JSON, never content of a certificate.
 * Knows nothing of proxied traffic.
 */
@NullMarked
package dev.gatehouse.dataplane.admin;

import org.jspecify.annotations.NullMarked;

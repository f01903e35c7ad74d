package dev.gatehouse.controller.model;

/** What each endpoint may have of each data plane at a time; 0: no limit. */
public record CircuitBreakerModel(int maxConnections, int maxPendingRequests, int maxRequests) {}

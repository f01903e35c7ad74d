package dev.gatehouse.controller.model;

/** When an endpoint is ejected, for how long in milliseconds, and how many may be at a time. */
public record OutlierModel(int consecutiveFailures, int ejectForMs, int maxEjectedPercent) {}

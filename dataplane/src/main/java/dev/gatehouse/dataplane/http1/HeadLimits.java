package dev.gatehouse.dataplane.http1;

/**
 * How much of a head is accepted.
 *
 * @param maxBytes bytes of the whole head, its empty last line included
 * @param maxFields header lines
 * @param maxUriBytes bytes of the request target; unused for responses
 */
public record HeadLimits(int maxBytes, int maxFields, int maxUriBytes) {}

package dev.gatehouse.controller.publish;

import java.time.Clock;

/**
 * By what it is decided who is let in.
 *
 * @param tokens tells whose a token is
 * @param nodes which nodes may still be served
 * @param clock certificates begin and end by it
 */
public record Admission(Authenticator tokens, NodeRegistry nodes, Clock clock) {}

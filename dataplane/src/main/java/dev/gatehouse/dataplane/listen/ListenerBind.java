package dev.gatehouse.dataplane.listen;

/**
 * Where a listener listens.
 *
 * @param name of its shard, {@code http} or {@code https}
 * @param host address to bind
 * @param port 0: any free one
 */
public record ListenerBind(String name, String host, int port, boolean tls) {}

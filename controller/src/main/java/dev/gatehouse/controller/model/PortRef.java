package dev.gatehouse.controller.model;

/** How a backend names a port of its Service. */
public sealed interface PortRef {

    /** By number, 1 to 65535. */
    record ByNumber(int number) implements PortRef {}

    /** By name. */
    record ByName(String name) implements PortRef {}
}

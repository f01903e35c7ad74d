package dev.gatehouse.controller.model;

/** The version of IP that an address belongs to. */
public enum AddressFamily {
    IPV4,
    IPV6
}

package dev.gatehouse.controller.model;

/** Whether connections to a Service's endpoints begin with a header of the PROXY protocol, and of which version. */
public enum ProxyProtocol {
    OFF,
    V1,
    V2
}
